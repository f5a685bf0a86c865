#include <fmt/format.h>

#include "store/enum_words.h"
#include "store/tokens_store.h"

namespace mailmgr::store {
namespace {

// Names are unique; the constraint of the schema stands behind this check, which can say it in words.
void refuse_taken_name(Database& db, const AccountRecord& account) {
  auto found = db.sql("SELECT state = 'purging' FROM account WHERE name = ? AND id <> ?");
  if (!found.bind(account.name, account.id).step()) return;
  if (found.boolean(0)) {
    throw Failure({Code::busy, fmt::format("naming the account {}: one of that name is being removed", account.name),
                   fmt::format("finish that: mailmgr account disconnect {} --purge", account.name)});
  }
  throw Failure({Code::usage, fmt::format("naming the account {}: there is an account of that name", account.name),
                 "choose another name; mailmgr account list shows those in use"});
}

}  // namespace

Result<AccountId> SqliteAccountStore::add(const AccountRecord& a) {
  return db_.write("adding the account " + a.name, [&] {
    refuse_taken_name(db_, a);
    db_.sql(
           "INSERT INTO account (name, email, grant_id, provider, kind, since, state, connected, include, exclude,"
           " sender_name, via, is_default) VALUES (?,?,?,?,?,?,?,?,?,?,?,?, NOT EXISTS (SELECT 1 FROM account WHERE "
           "is_default = 1))")
        .bind(a.name, a.email, a.grant, a.provider, to_string(a.kind), a.since, word_of(kAccountStates, a.state),
              a.connected, join_lines(a.include), join_lines(a.exclude), a.sender_name, a.via)
        .run();
    return AccountId(db_.last_id());
  });
}

Status SqliteAccountStore::update(const AccountRecord& a) {
  return db_.write("saving the account " + a.name, [&] {
    refuse_taken_name(db_, a);
    db_.sql(
           "UPDATE account SET name = ?, email = ?, grant_id = ?, provider = ?, kind = ?, since = ?, state = ?,"
           " connected = ?, include = ?, exclude = ?, sender_name = ?, via = ?,"
           // Whoever is let go of is nobody's default.
           " is_default = CASE WHEN ?7 = 'disconnected' THEN 0 ELSE is_default END WHERE id = ?")
        .bind(a.name, a.email, a.grant, a.provider, to_string(a.kind), a.since, word_of(kAccountStates, a.state),
              a.connected, join_lines(a.include), join_lines(a.exclude), a.sender_name, a.via, a.id)
        .run();
  });
}

Result<std::vector<AccountRecord>> SqliteAccountStore::list() {
  return db_.read("listing the accounts", [&] { return accounts_where("state <> 'purging'"); });
}

Result<std::vector<AccountRecord>> SqliteAccountStore::purging() {
  return db_.read("listing the accounts", [&] { return accounts_where("state = 'purging'"); });
}

std::vector<AccountRecord> SqliteAccountStore::accounts_where(std::string_view condition) {
  std::vector<AccountRecord> result;
  auto row = db_.sql_once(
      fmt::format("SELECT id, name, email, grant_id, provider, kind, since, state, is_default, connected, include,"
                  " exclude, sender_name, via FROM account WHERE {} ORDER BY id",
                  condition));
  while (row.step()) {
    AccountRecord account;
    account.id = AccountId(row.integer(0));
    account.name = row.text(1);
    account.email = row.text(2);
    account.grant = GrantId(row.integer(3));
    account.provider = row.text(4);
    account.kind = provider_kind_of(row.text(5));
    account.since = row.maybe_time(6);
    const auto state = row.text(7);
    account.state = state == "purging" ? AccountState::disconnected : value_of(kAccountStates, state);
    account.is_default = row.boolean(8);
    account.connected = row.time(9);
    account.include = split_lines(row.text(10));
    account.exclude = split_lines(row.text(11));
    account.sender_name = row.text(12);
    if (!row.is_null(13)) account.via = AccountId(row.integer(13));
    result.push_back(std::move(account));
  }
  return result;
}

Status SqliteAccountStore::begin_purge(AccountId id) {
  return db_.write("letting go of the account", [&] {
    db_.sql("UPDATE account SET state = 'purging', is_default = 0 WHERE id = ?").bind(id).run();
  });
}

Status SqliteAccountStore::set_default(AccountId id) {
  return db_.write("choosing the default account", [&] {
    db_.sql("UPDATE account SET is_default = 0 WHERE is_default = 1 AND id <> ?").bind(id).run();
    db_.sql("UPDATE account SET is_default = 1 WHERE id = ?").bind(id).run();
    if (db_.changed() != 1) throw Failure({Code::not_found, "choosing the default account: no such account", ""});
  });
}

Status SqliteAccountStore::remove(AccountId id) {
  auto done = db_.write("removing an account", [&] { db_.sql("DELETE FROM account WHERE id = ?").bind(id).run(); });
  return done ? db_.rewrite("removing an account") : done;
}

}  // namespace mailmgr::store
