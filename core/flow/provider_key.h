// The private key of a provider: a service account's (Google), or a certificate's that replaces the client secret
// (Microsoft); and with it, whether the provider's grants come from logins or from an administrator.
#pragma once

#include <optional>
#include <string>

#include "core/flow/provider_setup.h"
#include "core/oauth/signing_key.h"

namespace mailmgr {

struct ProviderKey {
  SigningKey key;
  std::string issuer;     // of a service account
  std::string client_id;  // of a service account; else empty
  std::optional<Time> expires;
};

// The key in a change's files; nullopt where it brings none. Code::usage for files that are not what they should be,
// and for options that do not go together.
Result<std::optional<ProviderKey>> read_provider_key(const ProviderChange& change, ProviderKind kind, Time now);

// What kind the provider's grants are after the change.
GrantKind grants_after(const ProviderChange& change, const ProviderConfig& before);

// Seals a new key into the configuration, and takes out what does not fit any more: a key of another client id, a
// secret beside a key. Code::usage when an application is left with neither; config and store from the vault.
Status settle_key(const ProviderChange& change, const std::optional<ProviderKey>& key,
                  const std::optional<ProviderConfig>& before, ProviderSetup& setup, Vault& vault);

}  // namespace mailmgr
