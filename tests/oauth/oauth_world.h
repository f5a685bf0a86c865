// The world of the OAuth tests: grants in memory and leases, both with room for another process to act in between (the
// store room has its own tests; this room links none), and a provider at hosts that do not exist.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/oauth/client.h"
#include "tests/support/fakes.h"
#include "tests/vault/vault_world.h"

namespace mailmgr::test {

// What a form sent in request `index` held under `name`; "(none)" if nothing.
inline std::string sent(ScriptedHttp& http, std::size_t index, std::string_view name) {
  const QueryParams form = decode_query(http.requests().at(index).body).value();
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return "(none)";
}

class MemoryGrants : public GrantStore {
 public:
  std::map<GrantId, GrantRecord> rows;
  std::function<void()> before_update;  // another process, once
  bool writable = true;

  Result<GrantId> create(const GrantRecord& grant) override {
    const GrantId id(++last_);
    rows[id] = grant;
    rows[id].id = id;
    return id;
  }
  Result<std::optional<GrantRecord>> find(GrantId id) override {
    const auto row = rows.find(id);
    return row == rows.end() ? std::nullopt : std::optional(row->second);
  }
  Result<std::vector<GrantRecord>> list() override {
    std::vector<GrantRecord> all;
    for (const auto& [id, row] : rows) all.push_back(row);
    return all;
  }
  Result<bool> update(const GrantRecord& grant) override {
    if (before_update) std::exchange(before_update, nullptr)();
    if (!writable) return Error{Code::store, "writing tokens.db: disk full", ""};
    const auto row = rows.find(grant.id);
    if (row == rows.end() || row->second.generation != grant.generation) return false;
    row->second = grant;
    ++row->second.generation;
    return true;
  }
  Status remove(GrantId id) override {
    rows.erase(id);
    return {};
  }

 private:
  std::int64_t last_ = 0;
};

// Leases of which another process may have the one that is asked for, doing something before it lets go.
class ContestedLeases : public Leases {
 public:
  MemoryLeases leases;
  std::function<void()> while_waiting;

  Result<std::unique_ptr<Lease>> take(std::string_view name, milliseconds patience, const Stop& stop) override {
    if (while_waiting && patience.count() > 0) std::exchange(while_waiting, nullptr)();
    return leases.take(name, patience, stop);
  }
};

// A provider at hosts that do not exist, with the traits of one kind.
inline Result<Endpoints> test_endpoints(const ProviderConfig& config) {
  const std::string base = config.base_url.empty() ? "https://login.test" : config.base_url;
  auto root = Url::parse(base);
  if (!root) return root.error();
  Endpoints endpoints;
  endpoints.authorize = root->with_path("/authorize");
  endpoints.token = root->with_path("/token");
  endpoints.api = Url::parse(config.api_url.empty() ? "https://api.test" : config.api_url).value();
  endpoints.token_audience = "https://login.test/token";
  endpoints.app_scope = "https://api.test/.default";
  endpoints.issuers = {"https://issuer.test", "https://login.test/{tenantid}/v2.0"};
  return endpoints;
}

inline std::vector<std::string> test_scopes(AccessLevel access, const std::set<std::string>& with) {
  std::vector<std::string> scopes{access == AccessLevel::read_only ? "mail.read" : "mail.modify", "offline_access"};
  if (with.contains("settings")) scopes.emplace_back("mail.settings");
  if (with.contains("imap")) scopes.emplace_back("https://servers.test/imap");
  return scopes;
}

inline constexpr Extra kTestExtras[] = {{"settings"}, {"imap", true}};

inline std::vector<std::string> test_server_scopes(TokenUse use) {
  if (use == TokenUse::api) return {};
  return {use == TokenUse::imap ? "https://servers.test/imap" : "https://servers.test/smtp"};
}

inline std::string test_canonical(std::string_view scope) {
  constexpr std::string_view kPrefix = "https://api.test/";
  return std::string(scope.starts_with(kPrefix) ? scope.substr(kPrefix.size()) : scope);
}

inline constexpr QuotaTable kTestQuotas[] = {{.name = "new", .units = 6000, .window = std::chrono::minutes(1)},
                                             {.name = "old", .units = 15000, .window = std::chrono::minutes(1)}};

inline ProviderSpec test_spec(ProviderKind kind = ProviderKind::google) {
  ProviderSpec spec{};
  spec.kind = kind;
  spec.title = kind == ProviderKind::google ? "Google" : "Microsoft";
  spec.redirect_host = kind == ProviderKind::google ? "127.0.0.1" : "localhost";
  spec.redirect_path = kind == ProviderKind::google ? "/cb/google" : "/";
  spec.secret_required = kind == ProviderKind::google;
  spec.extras = kTestExtras;
  spec.quotas = kTestQuotas;
  spec.browser_errors = "redirect_uri_mismatch";
  spec.endpoints = test_endpoints;
  spec.scopes = test_scopes;
  spec.organisation_scopes = test_scopes;
  spec.server_scopes = test_server_scopes;
  if (kind == ProviderKind::microsoft) spec.server_resource = "https://servers.test/";
  spec.canonical_scope = test_canonical;
  return spec;
}

inline OAuthClient test_client(ProviderKind kind = ProviderKind::google) {
  const ProviderSpec spec = test_spec(kind);
  ProviderConfig config;
  return {std::string(to_string(kind)),  kind, std::string(spec.title), "client-1", Secret("s3cret"),
          test_endpoints(config).value()};
}

}  // namespace mailmgr::test
