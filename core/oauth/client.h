// An OAuth client ready to be used: what an administrator configured, its secret opened, its endpoints resolved. And
// the contexts under which the vault seals what belongs to clients and grants, in one place so that sealing and opening
// cannot drift apart.
#pragma once

#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/oauth/signing_key.h"
#include "core/ports/provider.h"
#include "core/vault/vault.h"

namespace mailmgr {

struct OAuthClient {
  std::string provider;  // ProviderConfig::name, for hints
  ProviderKind kind = ProviderKind::google;
  std::string title;  // "Google"
  std::string client_id;
  std::optional<Secret> client_secret;
  Endpoints endpoints;
  std::optional<SigningKey> key = std::nullopt;  // of the service account, or of the certificate that replaces a secret
  std::string key_issuer = {};                   // the service account's address
};

// Errors: those of ProviderSpec::endpoints and, where there is a client secret or a private key, of Vault::open.
Result<OAuthClient> open_client(const ProviderConfig& config, const ProviderSpec& spec, Vault& vault);

// The hosts that tokens are issued by and for. A grant whose stored origins differ must not be used: its refresh token
// would go to a host it was not issued by.
std::string origins_of(const Endpoints& endpoints);

SealContext client_secret_context(const std::string& provider, const std::string& client_id);
SealContext private_key_context(const std::string& provider, const std::string& client_id);
SealContext token_context(const GrantRecord& grant, SealKind kind);

}  // namespace mailmgr
