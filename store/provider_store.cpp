#include "store/enum_words.h"
#include "store/tokens_store.h"

namespace mailmgr::store {
namespace {

ProviderConfig read_provider(const Sql& row) {
  ProviderConfig config;
  config.name = row.text(0);
  config.kind = provider_kind_of(row.text(1));
  config.client_id = row.text(2);
  config.sealed_client_secret = row.bytes(3);
  config.tenant = row.text(4);
  config.redirect_uri = row.text(5);
  config.access = access_level_of(row.text(6));
  config.with = split_words(row.text(7));
  config.base_url = row.text(8);
  config.auth_url = row.text(9);
  config.api_url = row.text(10);
  config.ca_file = row.text(11);
  config.grants = grant_kind_of(row.text(12));
  config.sealed_private_key = row.bytes(13);
  config.key_id = row.text(14);
  config.key_issuer = row.text(15);
  config.quota = row.text(16);
  return config;
}

// All providers by name, or the one of that name.
std::vector<ProviderConfig> read_providers(Database& db, std::optional<std::string_view> name) {
  std::vector<ProviderConfig> result;
  auto row = db.sql(
      "SELECT name, kind, client_id, sealed_client_secret, tenant, redirect_uri, access, extras, base_url, auth_url,"
      " api_url, ca_file, grants, sealed_private_key, key_id, key_issuer, quota FROM provider WHERE ?1 IS NULL OR name "
      "= ?1 "
      "ORDER BY name");
  row.bind(name);
  while (row.step()) result.push_back(read_provider(row));
  return result;
}

}  // namespace

Status SqliteProviderStore::put(const ProviderConfig& c) {
  return db_.write("saving the provider " + c.name, [&] {
    db_.sql(
           "INSERT OR REPLACE INTO provider (name, kind, client_id, sealed_client_secret, tenant, redirect_uri, access,"
           " extras, base_url, auth_url, api_url, ca_file, grants, sealed_private_key, key_id, key_issuer,"
           " quota) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        .bind(c.name, to_string(c.kind), c.client_id, Bytes{c.sealed_client_secret}, c.tenant, c.redirect_uri,
              to_string(c.access), join_words(c.with), c.base_url, c.auth_url, c.api_url, c.ca_file,
              to_string(c.grants), Bytes{c.sealed_private_key}, c.key_id, c.key_issuer, c.quota)
        .run();
  });
}

Result<std::optional<ProviderConfig>> SqliteProviderStore::find(std::string_view name) {
  return db_.read("reading the provider " + std::string(name), [&]() -> std::optional<ProviderConfig> {
    auto found = read_providers(db_, name);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  });
}

Result<std::vector<ProviderConfig>> SqliteProviderStore::list() {
  return db_.read("listing the providers", [&] { return read_providers(db_, std::nullopt); });
}

Status SqliteProviderStore::remove(std::string_view name) {
  return db_.write("removing the provider " + std::string(name),
                   [&] { db_.sql("DELETE FROM provider WHERE name = ?").bind(name).run(); });
}

}  // namespace mailmgr::store
