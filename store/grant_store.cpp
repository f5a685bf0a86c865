#include "store/enum_words.h"
#include "store/tokens_store.h"

namespace mailmgr::store {
namespace {

GrantRecord read_grant(const Sql& row) {
  GrantRecord grant;
  grant.id = GrantId(row.integer(0));
  grant.provider = row.text(1);
  grant.kind = grant_kind_of(row.text(2));
  grant.client_id = row.text(3);
  grant.origins = row.text(4);
  grant.email = row.text(5);
  grant.scopes = split_words(row.text(6));
  grant.access = access_level_of(row.text(7));
  grant.sealed_refresh_token = row.bytes(8);
  grant.sealed_access_token = row.bytes(9);
  grant.access_expires = row.maybe_time(10);
  grant.refresh_expires = row.maybe_time(11);
  grant.refreshed = row.maybe_time(12);
  grant.state = value_of(kGrantStates, row.text(13));
  grant.state_reason = row.text(14);
  grant.generation = row.integer(15);
  return grant;
}

// All grants by id, or the one of that id.
std::vector<GrantRecord> read_grants(Database& db, std::optional<GrantId> id) {
  std::vector<GrantRecord> result;
  auto row = db.sql(
      "SELECT id, provider, kind, client_id, origins, email, scopes, access, sealed_refresh_token,"
      " sealed_access_token, access_expires, refresh_expires, refreshed, state, state_reason, generation"
      " FROM grant_ WHERE ?1 IS NULL OR id = ?1 ORDER BY id");
  row.bind(id);
  while (row.step()) result.push_back(read_grant(row));
  return result;
}

}  // namespace

Result<GrantId> SqliteGrantStore::create(const GrantRecord& g) {
  return db_.write("saving a grant", [&] {
    db_.sql(
           "INSERT INTO grant_ (provider, kind, client_id, origins, email, scopes, access, sealed_refresh_token,"
           " sealed_access_token, access_expires, refresh_expires, refreshed, state, state_reason, generation)"
           " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        .bind(g.provider, to_string(g.kind), g.client_id, g.origins, g.email, join_words(g.scopes), to_string(g.access),
              Bytes{g.sealed_refresh_token}, Bytes{g.sealed_access_token}, g.access_expires, g.refresh_expires,
              g.refreshed, word_of(kGrantStates, g.state), g.state_reason, g.generation)
        .run();
    return GrantId(db_.last_id());
  });
}

Result<std::optional<GrantRecord>> SqliteGrantStore::find(GrantId id) {
  return db_.read("reading a grant", [&]() -> std::optional<GrantRecord> {
    auto found = read_grants(db_, id);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
  });
}

Result<std::vector<GrantRecord>> SqliteGrantStore::list() {
  return db_.read("listing the grants", [&] { return read_grants(db_, std::nullopt); });
}

Result<bool> SqliteGrantStore::update(const GrantRecord& g) {
  return db_.write("saving the tokens of " + g.email, [&] {
    db_.sql(
           "UPDATE grant_ SET provider = ?, kind = ?, client_id = ?, origins = ?, email = ?, scopes = ?, access = ?,"
           " sealed_refresh_token = ?, sealed_access_token = ?, access_expires = ?, refresh_expires = ?, refreshed = ?,"
           " state = ?,"
           " state_reason = ?, generation = generation + 1 WHERE id = ? AND generation = ?")
        .bind(g.provider, to_string(g.kind), g.client_id, g.origins, g.email, join_words(g.scopes), to_string(g.access),
              Bytes{g.sealed_refresh_token}, Bytes{g.sealed_access_token}, g.access_expires, g.refresh_expires,
              g.refreshed, word_of(kGrantStates, g.state), g.state_reason, g.id, g.generation)
        .run();
    return db_.changed() == 1;
  });
}

Status SqliteGrantStore::remove(GrantId id) {
  return db_.write("removing a grant", [&] { db_.sql("DELETE FROM grant_ WHERE id = ?").bind(id).run(); });
}

}  // namespace mailmgr::store
