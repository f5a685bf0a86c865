#include "store/enum_words.h"
#include "store/tokens_store.h"

namespace mailmgr::store {

Result<GrantId> SqliteGrantStore::create(const GrantRecord& g) {
  return db_.write("saving a grant", [&] {
    db_.sql(
           "INSERT INTO grant_ (provider, kind, client_id, origins, email, scopes, access, sealed_refresh_token,"
           " sealed_access_token, access_expires, refresh_expires, state, state_reason, generation)"
           " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        .bind(g.provider, word_of(kGrantKinds, g.kind), g.client_id, g.origins, g.email, join_words(g.scopes),
              to_string(g.access), Bytes{g.sealed_refresh_token}, Bytes{g.sealed_access_token}, g.access_expires,
              g.refresh_expires, word_of(kGrantStates, g.state), g.state_reason, g.generation)
        .run();
    return GrantId(db_.last_id());
  });
}

Result<std::optional<GrantRecord>> SqliteGrantStore::find(GrantId id) {
  return db_.read("reading a grant", [&]() -> std::optional<GrantRecord> {
    auto row = db_.sql(
        "SELECT provider, kind, client_id, origins, email, scopes, access, sealed_refresh_token, sealed_access_token,"
        " access_expires, refresh_expires, state, state_reason, generation FROM grant_ WHERE id = ?");
    if (!row.bind(id).step()) return std::nullopt;
    GrantRecord grant;
    grant.id = id;
    grant.provider = row.text(0);
    grant.kind = value_of(kGrantKinds, row.text(1));
    grant.client_id = row.text(2);
    grant.origins = row.text(3);
    grant.email = row.text(4);
    grant.scopes = split_words(row.text(5));
    grant.access = access_level_of(row.text(6));
    grant.sealed_refresh_token = row.bytes(7);
    grant.sealed_access_token = row.bytes(8);
    grant.access_expires = row.maybe_time(9);
    grant.refresh_expires = row.maybe_time(10);
    grant.state = value_of(kGrantStates, row.text(11));
    grant.state_reason = row.text(12);
    grant.generation = row.integer(13);
    return grant;
  });
}

Result<bool> SqliteGrantStore::update(const GrantRecord& g) {
  return db_.write("saving the tokens of " + g.email, [&] {
    db_.sql(
           "UPDATE grant_ SET provider = ?, kind = ?, client_id = ?, origins = ?, email = ?, scopes = ?, access = ?,"
           " sealed_refresh_token = ?, sealed_access_token = ?, access_expires = ?, refresh_expires = ?, state = ?,"
           " state_reason = ?, generation = generation + 1 WHERE id = ? AND generation = ?")
        .bind(g.provider, word_of(kGrantKinds, g.kind), g.client_id, g.origins, g.email, join_words(g.scopes),
              to_string(g.access), Bytes{g.sealed_refresh_token}, Bytes{g.sealed_access_token}, g.access_expires,
              g.refresh_expires, word_of(kGrantStates, g.state), g.state_reason, g.id, g.generation)
        .run();
    return db_.changed() == 1;
  });
}

Status SqliteGrantStore::remove(GrantId id) {
  return db_.write("removing a grant", [&] { db_.sql("DELETE FROM grant_ WHERE id = ?").bind(id).run(); });
}

}  // namespace mailmgr::store
