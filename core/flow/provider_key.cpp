#include "core/flow/provider_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/oauth/certificate_file.h"
#include "core/oauth/client.h"
#include "core/oauth/service_account_file.h"

namespace mailmgr {
namespace {

bool gives(const std::optional<Secret>& secret) {
  return secret && !secret->empty();
}

Result<std::optional<ProviderKey>> service_account(const ProviderChange& change, ProviderKind kind) {
  if (kind != ProviderKind::google) {
    return Error{Code::usage, "--service-account is Google's", "use --app-only for " + change.name};
  }
  if (change.client_id || change.client_secret || change.credentials) {
    return Error{Code::usage, "--service-account holds the client id and the key already",
                 "leave the other options out"};
  }
  auto file = read_service_account_file(change.service_account->reveal());
  if (!file) return file.error();
  return std::optional(ProviderKey{std::move(file->key), file->issuer, file->client_id, std::nullopt});
}

// A tenant segment that stands for many organisations or for none (AADSTS9001023).
bool is_concrete(std::string_view tenant) {
  constexpr std::array<std::string_view, 4> kMany{"", "common", "organizations", "consumers"};
  return std::find(kMany.begin(), kMany.end(), tenant) == kMany.end();
}

void forget_key(ProviderConfig& config) {
  config.sealed_private_key.clear();
  config.key_id.clear();
  config.key_issuer.clear();
}

Status check_app_only(const ProviderConfig& config) {
  if (!is_concrete(config.tenant)) {
    return Error{Code::usage,
                 fmt::format("--app-only: an application acts in one organisation, not in \"{}\"",
                             config.tenant.empty() ? "common" : config.tenant),
                 "add --tenant with the organisation's tenant id or one of its domains"};
  }
  if (config.has_client_secret() || !config.sealed_private_key.empty()) return {};
  return Error{Code::usage, "--app-only: an application proves itself by a secret or a certificate",
               "add --client-certificate PEM, or --client-secret-file FILE"};
}

}  // namespace

Result<std::optional<ProviderKey>> read_provider_key(const ProviderChange& change, ProviderKind kind, Time now) {
  if (change.service_account) return service_account(change, kind);
  if (change.app_only && kind != ProviderKind::microsoft) {
    return Error{Code::usage, "--app-only is Microsoft's", "use --service-account KEY.json for " + change.name};
  }
  if (!change.client_certificate) return std::optional<ProviderKey>();
  if (kind != ProviderKind::microsoft) {
    return Error{Code::usage, "--client-certificate is Microsoft's", "leave it out for " + change.name};
  }
  if (change.client_certificate->empty()) return std::optional<ProviderKey>();
  if (gives(change.client_secret)) {
    return Error{Code::usage, "a client secret and --client-certificate: which one?",
                 "a certificate replaces the secret"};
  }
  auto certificate = read_certificate_file(*change.client_certificate, now);
  if (!certificate) return certificate.error();
  return std::optional(ProviderKey{std::move(certificate->key), "", "", certificate->expires});
}

GrantKind grants_after(const ProviderChange& change, const ProviderConfig& before) {
  if (change.service_account) return GrantKind::service_account;
  if (change.app_only) return *change.app_only ? GrantKind::app_only : GrantKind::oauth_code;
  // Another client of Google's is one that people log in with.
  const bool other_client = change.client_id && *change.client_id != before.client_id;
  return before.grants == GrantKind::service_account && other_client ? GrantKind::oauth_code : before.grants;
}

Status settle_key(const ProviderChange& change, const std::optional<ProviderKey>& key,
                  const std::optional<ProviderConfig>& before, ProviderSetup& setup, Vault& vault) {
  ProviderConfig& config = setup.config;
  if (key) {
    auto sealed = vault.seal(key->key.pem(), private_key_context(config.name, config.client_id));
    if (!sealed) return sealed.error();
    config.sealed_private_key = std::move(*sealed);
    config.key_id = key->key.id();
    config.key_issuer = key->issuer;
    if (!config.sealed_client_secret.empty()) setup.warnings.emplace_back("the key replaces the client secret");
    config.sealed_client_secret.clear();
  } else if (!config.sealed_private_key.empty()) {
    const bool unwanted = change.client_certificate.has_value() || gives(change.client_secret);
    const bool of_another = before && before->client_id != config.client_id;
    if (unwanted || of_another) {
      forget_key(config);
      setup.warnings.emplace_back(unwanted ? "the certificate was removed"
                                           : "the private key belonged to the old client id and was removed");
    }
  }
  return config.grants == GrantKind::app_only ? check_app_only(config) : Status();
}

}  // namespace mailmgr
