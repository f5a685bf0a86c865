// Setting up OAuth clients: `provider set` and `provider unset`. Checks everything before anything is written, changes
// only what is given, and never lets a secret or a login go to a client or host it does not belong to.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/account_stores.h"
#include "core/ports/leases.h"
#include "core/ports/provider.h"
#include "core/vault/vault.h"

namespace mailmgr {

struct ProviderChange {  // absent: as it was; an empty text: back to the default
  std::string name;
  std::optional<ProviderKind> kind;
  std::optional<std::string> client_id;
  std::optional<Secret> client_secret;     // empty: none any more
  std::optional<std::string> credentials;  // content of Google's client_secret_….json
  std::optional<std::string> tenant;
  std::optional<std::string> redirect_uri;
  std::optional<AccessLevel> access;
  std::optional<std::set<std::string>> with;
  std::optional<std::string> base_url, auth_url, api_url, ca_file;
};

struct ProviderSetupWorld {
  std::span<const ProviderSpec> specs;
  ProviderStore& providers;
  GrantStore& grants;
  AccountStore& accounts;
  Vault& vault;
  Leases& leases;
};

struct ProviderSetup {
  ProviderConfig config;
  bool created = false;
  std::vector<std::string> need_login;  // names of accounts whose login a new client id ended
  std::vector<std::string> warnings;    // for people
};

// Code::usage, naming the option, for anything that does not fit; config and store from vault and stores; busy while
// the keys are being changed (the lease `vault`).
Result<ProviderSetup> set_provider(const ProviderChange& change, const ProviderSetupWorld& world);

// Code::refused, listing them, while accounts use it; not_found or config (known kind, not set).
Status remove_provider(std::string_view name, const ProviderSetupWorld& world);

}  // namespace mailmgr
