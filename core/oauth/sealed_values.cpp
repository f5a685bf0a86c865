#include "core/oauth/sealed_values.h"

#include "core/oauth/client.h"

namespace mailmgr {

SealedValues sealed_values(SealedRows& rows) {
  SealedValues values;
  for (auto& provider : rows.providers) {
    values.push_back({&provider.sealed_client_secret, client_secret_context(provider.name, provider.client_id),
                      "provider " + provider.name});
    values.push_back({&provider.sealed_private_key, private_key_context(provider.name, provider.client_id),
                      "provider " + provider.name});
  }
  for (auto& grant : rows.grants) {
    const std::string owner = grant.email.empty() ? "provider " + grant.provider : grant.email;
    values.push_back({&grant.sealed_refresh_token, token_context(grant, SealKind::refresh_token), owner});
    values.push_back({&grant.sealed_access_token, token_context(grant, SealKind::access_token), owner});
  }
  return values;
}

}  // namespace mailmgr
