// What a login may do. An account's login carries an access level and the scopes that were granted; both are checked
// here before anything is asked of the provider, so that a script given a read-only login cannot send, whatever the
// provider would let it.
#pragma once

#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/provider.h"

namespace mailmgr {

// refused, with the login that would do, where `level` does not permit it. `what` says what was tried: "syncing".
Status check_access(const AccountRecord& account, AccessLevel level, Permission permission, std::string_view what);

// Whether the login holds the scopes that this word of --with stands for. auth_required, with the login that asks for
// them; refused where the provider has no such thing.
Status check_scope(const GrantRecord& grant, const ProviderSpec& spec, std::string_view word,
                   const AccountRecord& account);

// Whether the login may read the mailbox's settings (ProviderDeps::reads_settings).
bool may_read_settings(const ProviderSpec& spec, const GrantRecord& grant);
// Whether the login holds any of these scopes; without any, every login will do. auth_required, with the login that
// asks for `word`. `what` says what was tried.
Status check_any_scope(const GrantRecord& grant, std::span<const std::string_view> scopes, std::string_view word,
                       const AccountRecord& account, std::string_view what);

}  // namespace mailmgr
