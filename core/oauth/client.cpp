#include "core/oauth/client.h"

namespace mailmgr {
namespace {

Status open_key(const ProviderConfig& config, Vault& vault, OAuthClient& client) {
  const auto pem = vault.open(config.sealed_private_key, private_key_context(config.name, config.client_id));
  if (!pem) return pem.error();
  auto key = SigningKey::read(*pem, config.key_id);
  if (!key) return Error{Code::internal, "the stored private key of provider " + config.name + " is unusable", ""};
  client.key = std::move(*key);
  client.key_issuer = config.key_issuer;
  return {};
}

}  // namespace

Result<OAuthClient> open_client(const ProviderConfig& config, const ProviderSpec& spec, Vault& vault) {
  auto endpoints = spec.endpoints(config);
  if (!endpoints) return endpoints.error();
  OAuthClient client{config.name,      config.kind,  std::string(spec.title),
                     config.client_id, std::nullopt, std::move(*endpoints)};
  if (!config.sealed_private_key.empty()) {
    if (const Status opened = open_key(config, vault, client); !opened) return opened.error();
  }
  if (!config.open_client_secret.empty()) client.client_secret = Secret(config.open_client_secret);
  if (config.sealed_client_secret.empty()) return client;
  auto secret = vault.open(config.sealed_client_secret, client_secret_context(config.name, config.client_id));
  if (!secret) return secret.error();
  client.client_secret = std::move(*secret);
  return client;
}

std::string origins_of(const Endpoints& endpoints) {
  return endpoints.token.origin() + " " + endpoints.api.origin();
}

SealContext client_secret_context(const std::string& provider, const std::string& client_id) {
  return {GrantId(), provider, client_id, "", SealKind::client_secret};
}

SealContext private_key_context(const std::string& provider, const std::string& client_id) {
  return {GrantId(), provider, client_id, "", SealKind::private_key};
}

SealContext token_context(const GrantRecord& grant, SealKind kind) {
  return {grant.id, grant.provider, grant.client_id, grant.origins, kind};
}

}  // namespace mailmgr
