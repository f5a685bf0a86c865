// Connecting a mailbox without a login of its own: one that an organisation's grant reaches (a service account, an
// application), or one that is shared with, or delegated to, a person whose login is here. The mailbox is opened before
// the account is stored; the grant is written first, the account second. Prints nothing.
//
// Planning looks at what is stored and asks nobody, so that a list is checked whole before its first mailbox is
// connected. Errors: usage, not_found (a provider or account nobody knows), config (provider not set), refused (Google
// has no delegated mailboxes), auth_required (the login of `via` lacks the shared scopes, or is dead).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/leases.h"
#include "core/ports/provider.h"
#include "core/vault/vault.h"

namespace mailmgr {

struct ConnectRequest {
  std::string email;     // or the name of an account to connect again
  std::string provider;  // of an organisation. With neither: the account's own way, else the only such provider
  std::string via;       // name or address of the account whose login reaches the mailbox
  std::string name;      // of a new account; empty: its address
  bool set_since = false;
  std::optional<Time> since;  // sync start; nullopt: everything
  std::vector<std::string> include, exclude;
};

struct ConnectWorld {
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

struct ConnectPlan {
  ProviderConfig config;
  const ProviderSpec* spec = nullptr;
  AccountRecord account;             // as it will be stored; its id is 0 for a new one
  std::string login;                 // name of the account that has to log in when the grant is dead
  std::optional<GrantRecord> grant;  // the login that reaches it; nullopt: the organisation's, found or made then
  bool already = false;              // it is connected that way and works: nothing is left to do
};

Result<ConnectPlan> plan_connect(const ConnectRequest& request, const ConnectWorld& world);

// Opens the mailbox and stores the account. Errors besides those of the token source: not_found when there is no such
// mailbox, refused when it may not be opened; the hint says what an administrator has to allow.
Result<AccountRecord> connect_mailbox(const ConnectPlan& plan, const ConnectWorld& world, const Stop& stop);

// How the provider's API is asked for an account's mailbox (ProviderDeps::user): "me" where the token stands for its
// owner, else the address.
std::string api_user(const AccountRecord& account, GrantKind grant);

// Name of the account whose login reaches the mailbox: its own, or that of `via`.
std::string login_name(const AccountRecord& account, const std::vector<AccountRecord>& accounts);

}  // namespace mailmgr
