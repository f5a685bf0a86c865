// Changing an account: what of its mailbox is synced, how it sends, whether it rests.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/provider.h"

namespace mailmgr {

// Only what is given changes. The next sync notices a new scope (core/flow/sync.h).
struct AccountChange {
  bool set_since = false;
  std::optional<Time> since;                                 // nullopt: everything
  std::optional<std::vector<std::string>> include, exclude;  // names of folders and labels; replace those before
  std::optional<std::string> sender_name;                    // empty: none
  std::optional<bool> paused;  // a paused account is neither synced nor sent from unless named
};

// `known`: the mailbox's folders as far as they were synced. Errors: usage for text that cannot stand in a header or a
// name; not_found for a folder that is not among `known` (if there are any); refused for an account that is not
// connected.
Result<AccountRecord> change_account(AccountRecord account, const AccountChange& change, std::span<const Folder> known,
                                     AccountStore& accounts);

// usage: the name cannot be one, or belongs to another account.
Result<AccountRecord> rename_account(AccountRecord account, const std::string& name, AccountStore& accounts);

}  // namespace mailmgr
