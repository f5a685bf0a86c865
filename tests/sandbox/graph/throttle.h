// The limits of Outlook's API per mailbox ("Microsoft Graph service-specific throttling limits").
#pragma once

#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {

// Counts the request; faults with 429 and Retry-After when it is over a limit. Refused requests count as well.
void count_request(const GraphLimits& limits, Account& account, const Request& request, Time now);

}  // namespace mailmgr::sandbox::graph
