// A list of mailboxes to connect to an organisation's provider: CSV with the columns email, name and since. A header
// line names them in any order; without one (the first field is an address) they stand in this order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/flow/connect.h"

namespace mailmgr {

// Plans every row, so that a list with a mistake connects nothing. Rows that are connected already are planned as such
// and otherwise left alone. Code::usage names the lines that are wrong: no address, an address or a name twice, a date
// that cannot be read, too many fields; other errors as of plan_connect.
Result<std::vector<ConnectPlan>> plan_connect_list(std::string_view csv, const std::string& provider,
                                                   const ConnectWorld& world);

}  // namespace mailmgr
