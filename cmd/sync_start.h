// The one question of a login: from when on is the mailbox to be synced?
#pragma once

#include <cstdint>
#include <string>

#include "core/base/result.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

class App;

// "about 12,400 messages; a first sync takes about 42 minutes", by what the provider's quota allows.
std::string sync_estimate(std::uint64_t messages, std::uint64_t messages_per_minute);

// Asks the person at the terminal, with an estimate where the provider tells one, and stores the answer. An empty
// answer, or none, leaves the account as it is: everything. Errors: interrupted, store.
Status ask_sync_start(App& app, const AccountRecord& account);

}  // namespace mailmgr
