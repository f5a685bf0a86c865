// Logging out: the provider is told where it can be, then the tokens are forgotten. Mail and account stay; a new login
// brings the account back to life. Prints nothing.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/clock.h"
#include "core/ports/leases.h"
#include "core/ports/provider.h"
#include "core/ports/random.h"
#include "core/vault/vault.h"

namespace mailmgr {

struct LogoutWorld {
  std::span<const ProviderSpec> specs;
  ProviderStore& providers;
  GrantStore& grants;
  AccountStore& accounts;
  Vault& vault;
  Leases& leases;
  Clock& clock;
  Random& random;
  std::function<HttpClient&(const ProviderConfig&)> http;  // a client that trusts the provider's --ca-file
};

enum class Revocation {
  revoked,      // the provider ended the login, or had ended it before
  not_offered,  // this provider has no way to be told, or is not the one any more that gave the tokens
  nothing_held  // no tokens were stored
};

// Ends the login of an account. From the moment the provider is asked the tokens serve nothing but that; if it cannot
// be told, they are kept for the next attempt (GrantState::revoke_pending) and the error is partial, with the command
// that tries again. Errors besides: refused for an account without a login of its own (reached through another's, or
// through an organisation's); busy; config (no key); interrupted; store.
Result<Revocation> log_out(const AccountRecord& account, const LogoutWorld& world, const Stop& stop);

// Refused while connected accounts that are not among `going` are reached through this one's login; names them.
Status check_unused(const AccountRecord& account, std::span<const AccountRecord> all,
                    std::span<const AccountRecord> going);

// Removes the tokens of a grant for good; whoever wants to use it learns `reason`.
Status forget_tokens(GrantId id, std::string_view reason, GrantStore& grants);

}  // namespace mailmgr
