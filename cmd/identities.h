// The addresses accounts send from, as commands need them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/identities.h"

namespace mailmgr {

class App;

// Asks the account's provider and stores the answer, but for a dry run (core/flow/identities.h).
Result<std::vector<Alias>> read_aliases(App& app, const AccountRecord& account, Unproven unproven, const Stop& stop,
                                        bool dry_run = false);

// The same for an account that was just connected, where its login allows it: that this fails is no failure, and only
// said.
void read_first_aliases(App& app, const AccountRecord& account);

// As whom a message goes out: `from` as given with --from, or empty. The account is that of -a; without --from also
// `by_default`, else the one MAILMGR_ACCOUNT names, or the default.
Result<SenderIdentity> chosen_sender(App& app, std::string_view from,
                                     const std::optional<AccountRecord>& by_default = std::nullopt);

// All that the account sends from, its own address first.
Result<std::vector<Address>> addresses_of(App& app, const AccountRecord& account);
Result<std::vector<std::string>> emails_of(App& app, const AccountRecord& account);  // the same without names

}  // namespace mailmgr
