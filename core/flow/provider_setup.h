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
  std::optional<Secret> client_secret;       // empty: none any more
  std::optional<std::string> credentials;    // content of Google's client_secret_….json
  std::optional<Secret> service_account;     // content of a Google service account's key file
  std::optional<bool> app_only;              // Microsoft: the application itself reaches every mailbox
  std::optional<Secret> client_certificate;  // Microsoft: PEM, with its private key; empty: none any more
  std::optional<std::string> tenant;
  std::optional<std::string> redirect_uri;
  std::optional<AccessLevel> access;
  std::optional<std::set<std::string>> with;
  std::optional<std::string> base_url, auth_url, api_url, ca_file, quota;
  bool system = false;  // for all users of this machine: public clients only
};

struct ProviderSetupWorld {
  std::span<const ProviderSpec> specs;
  ProviderStore& providers;  // a user's own and the system's; with ProviderChange::system, the system's alone
  GrantStore& grants;
  AccountStore& accounts;
  Vault& vault;
  Leases& leases;
  Clock& clock;
};

struct ProviderSetup {
  ProviderConfig config;
  bool created = false;
  std::vector<std::string> need_login;  // names of accounts that the change cut off: they log in or connect again
  std::vector<std::string> warnings;    // for people
};

// Code::usage, naming the option, for anything that does not fit; config and store from vault and stores; busy while
// the keys are being changed (the lease `vault`).
Result<ProviderSetup> set_provider(const ProviderChange& change, const ProviderSetupWorld& world);

// Code::refused, listing them, while accounts use it, and for the system's unless `system`; not_found or config (known
// kind, not set).
Status remove_provider(std::string_view name, bool system, const ProviderSetupWorld& world);

// Whether a provider may be called so: a word that is also the name of a file. usage.
Status check_provider_name(std::string_view name);

// Whether the settings are complete and make sense, wherever they come from. usage, naming the option.
Status check_provider(const ProviderConfig& config, const ProviderSpec& spec);

}  // namespace mailmgr
