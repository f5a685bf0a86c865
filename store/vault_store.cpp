#include "store/enum_words.h"
#include "store/tokens_store.h"

namespace mailmgr::store {
namespace {

template <class Rows>
Rows rows_of(Result<Rows> rows) {
  if (!rows) throw Failure(rows.error());
  return *std::move(rows);
}

bool swap_key(Database& db, std::string_view before, std::string_view after) {
  db.sql("UPDATE vault SET wrapped_key = ?2 WHERE wrapped_key = ?1").bind(Bytes{before}, Bytes{after}).run();
  return db.changed() == 1;
}

void save_sealed(Database& db, const ProviderConfig& provider) {
  db.sql("UPDATE provider SET sealed_client_secret = ?, sealed_private_key = ? WHERE name = ?")
      .bind(Bytes{provider.sealed_client_secret}, Bytes{provider.sealed_private_key}, provider.name)
      .run();
}

void save_sealed(Database& db, const GrantRecord& grant) {
  db.sql(
        "UPDATE grant_ SET sealed_refresh_token = ?, sealed_access_token = ?, state = ?, state_reason = ?,"
        " generation = generation + 1 WHERE id = ?")
      .bind(Bytes{grant.sealed_refresh_token}, Bytes{grant.sealed_access_token}, word_of(kGrantStates, grant.state),
            grant.state_reason, grant.id)
      .run();
}

}  // namespace

Result<VaultRow> SqliteVaultStore::load() {
  return db_.read("reading the vault", [&] {
    auto row = db_.sql("SELECT store_uuid, wrapped_key, changed FROM vault");
    if (!row.step()) throw Failure({Code::store, "reading the vault: its row is missing", "restore tokens.db"});
    return VaultRow{std::string(row.bytes(0)), std::string(row.bytes(1)), row.maybe_time(2)};
  });
}

Result<bool> SqliteVaultStore::save_key(std::string_view before, std::string_view after) {
  return db_.write("saving the vault's key", [&] { return swap_key(db_, before, after); });
}

Result<bool> SqliteVaultStore::save_key_and_rows(std::string_view before, std::string_view after, Time changed,
                                                 const RowWork& work) {
  return db_.write("saving everything sealed", [&] {
    if (!swap_key(db_, before, after)) return false;
    db_.sql("UPDATE vault SET changed = ?").bind(changed).run();
    SealedRows rows{rows_of(SqliteProviderStore(db_).list()), rows_of(SqliteGrantStore(db_).list())};
    throw_unless(work(rows));
    for (const auto& provider : rows.providers) save_sealed(db_, provider);
    for (const auto& grant : rows.grants) save_sealed(db_, grant);
    return true;
  });
}

Status SqliteVaultStore::scrub() {
  return db_.read("removing what was overwritten", [&] {
    db_.exec("VACUUM");
    if (db_.empty_wal(Patience::as_for_writing)) return;
    throw Failure({Code::try_later, "removing what was overwritten: another mailmgr is reading the store",
                   "run the same command again"});
  });
}

}  // namespace mailmgr::store
