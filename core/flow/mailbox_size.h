// About how much there is to sync, before anything is synced.
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/ports/provider.h"

namespace mailmgr {

// How many messages the provider counts in the mailbox (Gmail: users.getProfile; Graph: the sum over its folders).
// Errors: those of Mailbox; refused where the login may not read.
Result<std::uint64_t> count_messages(Mailbox& mailbox, const Stop& stop);

}  // namespace mailmgr
