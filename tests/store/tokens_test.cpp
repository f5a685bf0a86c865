#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

struct Tokens {
  TempFolder folder;
  std::unique_ptr<TokenStore> store = open();
  std::unique_ptr<TokenStore> open() const { return *TokenStore::open(folder.path(), OpenMode::write); }
};

AccountRecord account_named(const std::string& name) {
  AccountRecord account;
  account.name = name;
  account.email = name + "@example.org";
  account.grant = GrantId(3);
  account.provider = "google";
  account.connected = at(kNoon);
  return account;
}

}  // namespace

TEST_CASE_FIXTURE(MailFixture, "providers are kept by name with everything that was set") {
  auto tokens = TokenStore::open(folder.path(), OpenMode::write);
  REQUIRE(tokens);
  auto& providers = (*tokens)->providers();
  ProviderConfig config;
  config.name = "contoso";
  config.kind = ProviderKind::microsoft;
  config.client_id = "client";
  config.sealed_client_secret = std::string("\0secret", 7);
  config.tenant = "common";
  config.redirect_uri = "http://localhost:8000/";
  config.access = AccessLevel::read_only;
  config.with = {"imap", "shared"};
  config.base_url = "http://127.0.0.1:1";
  config.auth_url = "https://a";
  config.api_url = "https://b";
  config.ca_file = "/ca.pem";
  REQUIRE(providers.put(config));
  config.client_id = "other";
  REQUIRE(providers.put(config));  // replaces
  ProviderConfig plain;
  plain.name = "absent";
  REQUIRE(providers.put(plain));
  const auto found = providers.find("contoso");
  REQUIRE(found);
  REQUIRE(found->has_value());
  const auto& p = **found;
  CHECK(p.kind == ProviderKind::microsoft);
  CHECK(p.client_id == "other");
  CHECK((p.sealed_client_secret == config.sealed_client_secret));
  CHECK(p.tenant == "common");
  CHECK(p.redirect_uri == config.redirect_uri);
  CHECK(p.access == AccessLevel::read_only);
  CHECK(p.with == config.with);
  CHECK(p.base_url == config.base_url);
  CHECK(p.auth_url == config.auth_url);
  CHECK(p.api_url == config.api_url);
  CHECK(p.ca_file == config.ca_file);
  CHECK(providers.list()->front().name == "absent");
  REQUIRE(providers.remove("contoso"));
  CHECK_FALSE(providers.find("contoso")->has_value());
}

TEST_CASE_FIXTURE(Tokens, "a grant is written only by who read its latest generation") {
  auto& grants = store->grants();
  GrantRecord grant;
  grant.provider = "google";
  grant.kind = GrantKind::device;
  grant.client_id = "client";
  grant.origins = "https://a https://b";
  grant.email = "me@example.org";
  grant.scopes = {"a", "b"};
  grant.access = AccessLevel::send_only;
  grant.sealed_refresh_token = std::string("\x01\0r", 3);
  grant.access_expires = at(kNoon);
  const auto id = grants.create(grant);
  REQUIRE(id);
  auto first = **grants.find(*id);
  CHECK(first.kind == GrantKind::device);
  CHECK(first.origins == grant.origins);
  CHECK(first.scopes == grant.scopes);
  CHECK(first.access == AccessLevel::send_only);
  CHECK((first.sealed_refresh_token == grant.sealed_refresh_token));
  CHECK(first.access_expires == at(kNoon));
  CHECK_FALSE(first.refresh_expires);
  auto second = first;
  first.sealed_access_token = "one";
  first.state = GrantState::needs_login;
  first.state_reason = "revoked";
  CHECK(grants.update(first).value());
  second.sealed_access_token = "two";
  CHECK_FALSE(grants.update(second).value());  // the other was faster
  const auto now = **grants.find(*id);
  CHECK(now.sealed_access_token == "one");
  CHECK(now.state == GrantState::needs_login);
  CHECK(now.state_reason == "revoked");
  CHECK(now.generation == first.generation + 1);
  REQUIRE(grants.remove(*id));
  CHECK_FALSE(grants.find(*id)->has_value());
  CHECK(grants.create(grant).value() > *id);  // a removed grant's seal never fits another
}

TEST_CASE_FIXTURE(Tokens, "the first account becomes the default and names are taken once") {
  auto& accounts = store->accounts();
  auto one = account_named("one");
  one.since = at(kNoon - 5);
  const auto first = accounts.add(one);
  const auto second = accounts.add(account_named("two"));
  REQUIRE(second);
  CHECK(accounts.add(account_named("one")).error().code == Code::usage);
  auto list = *accounts.list();
  REQUIRE(list.size() == 2);
  CHECK(list[0].is_default);
  CHECK_FALSE(list[1].is_default);
  CHECK(list[0].since == at(kNoon - 5));
  CHECK(list[0].grant == GrantId(3));

  REQUIRE(accounts.set_default(*second));
  list[1].name = "one";
  CHECK(accounts.update(list[1]).error().code == Code::usage);
  list[1].name = "renamed";
  list[1].state = AccountState::disconnected;
  list[1].kind = ProviderKind::microsoft;
  REQUIRE(accounts.update(list[1]));
  list = *accounts.list();
  CHECK_FALSE(list[0].is_default);
  CHECK_FALSE(list[1].is_default);  // nor is whoever was let go of
  CHECK(list[1].name == "renamed");
  CHECK(list[1].state == AccountState::disconnected);
  CHECK(list[1].kind == ProviderKind::microsoft);
  REQUIRE(accounts.set_default(*first));
  CHECK(accounts.set_default(AccountId(99)).error().code == Code::not_found);
  CHECK(accounts.list()->at(0).is_default);  // nothing was changed
  REQUIRE(accounts.remove(*first));
  CHECK(accounts.list()->size() == 1);
}

TEST_CASE_FIXTURE(Tokens, "the vault keeps one identity, and a key only from who knows the one before") {
  const auto made = store->vault().load();
  REQUIRE(made);
  CHECK(made->store_uuid.size() == 16);
  CHECK(made->wrapped_key.empty());
  CHECK_FALSE(made->changed);
  CHECK(store->vault().save_key("", "wrapped").value());
  CHECK_FALSE(store->vault().save_key("", "too late").value());
  CHECK(store->vault().save_key("wrapped", std::string("\0again", 6)).value());
  store.reset();
  store = open();
  const auto again = store->vault().load();
  CHECK((again->store_uuid == made->store_uuid));
  CHECK((again->wrapped_key == std::string("\0again", 6)));
}

TEST_CASE_FIXTURE(Tokens, "new keys and everything sealed with them are saved together or not at all") {
  ProviderConfig provider;
  provider.name = "google";
  provider.sealed_client_secret = "secret";
  REQUIRE(store->providers().put(provider));
  GrantRecord grant;
  grant.provider = "google";
  grant.sealed_refresh_token = "refresh";
  const auto id = store->grants().create(grant).value();
  const GrantRecord read_before = **store->grants().find(id);
  REQUIRE(store->vault().save_key("", "old").value());

  const auto reseal = [](SealedRows& rows) -> Status {
    rows.providers.at(0).sealed_client_secret = "new secret";
    rows.providers.at(0).sealed_private_key = "new key";
    rows.grants.at(0).sealed_refresh_token = "new refresh";
    rows.grants.at(0).sealed_access_token = "new access";
    return {};
  };
  const auto fails = [&](SealedRows& rows) -> Status {
    REQUIRE(reseal(rows));
    return Error{Code::internal, "no", ""};
  };
  auto& vault = store->vault();
  CHECK(vault.save_key_and_rows("old", "new", at(kNoon), fails).error().code == Code::internal);
  CHECK_FALSE(vault.save_key_and_rows("another", "new", at(kNoon), reseal).value());
  CHECK(vault.load()->wrapped_key == "old");
  CHECK((**store->grants().find(id)).sealed_refresh_token == "refresh");

  REQUIRE(vault.save_key_and_rows("old", "new", at(kNoon), reseal).value());
  CHECK(vault.load()->wrapped_key == "new");
  CHECK(vault.load()->changed == at(kNoon));
  const auto saved = **store->providers().find("google");
  CHECK(saved.sealed_client_secret == "new secret");
  CHECK(saved.sealed_private_key == "new key");
  const auto now = **store->grants().find(id);
  CHECK(now.sealed_refresh_token == "new refresh");
  CHECK(now.sealed_access_token == "new access");
  CHECK_FALSE(store->grants().update(read_before).value());  // who read it before must read it again
}

TEST_CASE_FIXTURE(Tokens, "what was sealed before is in none of the store's files") {
  // Larger than a page, so that it lies in pages of its own.
  const std::string first(6000, 'A'), second(6000, 'B'), third(6000, 'C');
  const auto is_stored = [&](const std::string& value) {
    std::string all;
    for (const char* name : {"tokens.db", "tokens.db-wal"}) all += read_text(folder.file(name));
    return all.find(value.substr(0, 64)) != std::string::npos;
  };
  GrantRecord grant;
  grant.sealed_refresh_token = first;
  const auto id = store->grants().create(grant).value();
  CHECK(is_stored(first));

  GrantRecord next = **store->grants().find(id);
  next.sealed_refresh_token = second;
  REQUIRE(store->grants().update(next).value());
  CHECK(is_stored(second));
  CHECK_FALSE(is_stored(first));

  const auto reseal = [&](SealedRows& rows) {
    rows.grants.at(0).sealed_refresh_token = third;
    return Status();
  };
  REQUIRE(store->vault().save_key_and_rows("", "new", at(kNoon), reseal).value());
  REQUIRE(store->vault().scrub());
  CHECK(is_stored(third));
  CHECK_FALSE(is_stored(second));

  REQUIRE(store->grants().remove(id));
  CHECK_FALSE(is_stored(third));
}

TEST_CASE_FIXTURE(Tokens, "a token is saved although another process reads the store, and the next one wipes it") {
  const auto reader = open();
  REQUIRE(reader->grants().list());
  GrantRecord grant;
  const auto id = store->grants().create(grant).value();
  GrantRecord next = **store->grants().find(id);
  next.sealed_refresh_token = "r";
  CHECK(store->grants().update(next).value());
  CHECK((**reader->grants().find(id)).sealed_refresh_token == "r");
}

TEST_CASE_FIXTURE(MailFixture, "the outbox keeps a message and what became of it") {
  auto& outbox = mail->outbox();
  OutboxRow row;
  row.account = account;
  row.message_id = "<m@example.org>";
  row.from = "me@example.org";
  row.recipients = {"a@example.org", "b@example.org"};
  row.subject = "subject";
  row.thread = ThreadId("t");
  row.created = row.changed = at(kNoon);
  const auto added = outbox.add(row, Blob("mime"));
  REQUIRE(added);
  const auto id = added->id;
  reopen();
  auto found = **mail->outbox().find(id);
  CHECK(found.state == OutboxState::queued);
  CHECK(found.recipients == row.recipients);
  CHECK(found.thread == row.thread);
  CHECK(found.message_id == row.message_id);
  for (const auto state : {OutboxState::sending, OutboxState::sent, OutboxState::failed, OutboxState::unknown}) {
    found.state = state;
    found.staged = StagedId("draft");
    found.remote_id = RemoteId("r");
    found.sent_thread = ThreadId("st");
    found.error_code = "try_later";
    found.error = "network down";
    found.changed = at(kNoon + 1);
    REQUIRE(mail->outbox().update(found));
    const auto again = **mail->outbox().find(id);
    CHECK(again.state == state);
    CHECK(again.staged == found.staged);
    CHECK(again.remote_id == found.remote_id);
    CHECK(again.sent_thread == found.sent_thread);
    CHECK(again.error_code == found.error_code);
    CHECK(again.error == found.error);
    CHECK(again.changed == found.changed);
  }
  CHECK(mail->outbox().mime(id)->bytes().value() == "mime");
  CHECK_FALSE(mail->outbox().find(OutboxId(99))->has_value());
  CHECK(mail->outbox().mime(OutboxId(99)).error().code == Code::not_found);
  found.id = OutboxId(99);
  CHECK(mail->outbox().update(found).error().code == Code::not_found);
}

TEST_CASE_FIXTURE(Tokens, "an account that is being purged is listed no more, keeps its name, and is no default") {
  auto& accounts = store->accounts();
  const auto going = accounts.add(account_named("going")).value();
  REQUIRE(accounts.add(account_named("staying")));
  CHECK(accounts.purging()->empty());
  REQUIRE(accounts.begin_purge(going));
  REQUIRE(accounts.begin_purge(going));  // again
  REQUIRE(accounts.list()->size() == 1);
  CHECK(accounts.list()->front().name == "staying");
  REQUIRE(open()->accounts().purging()->size() == 1);
  const auto purging = accounts.purging()->front();
  CHECK(purging.id == going);
  CHECK(purging.grant == GrantId(3));
  CHECK(purging.state == AccountState::disconnected);
  CHECK_FALSE(purging.is_default);
  const auto refused = accounts.add(account_named("going"));
  CHECK(refused.error().code == Code::busy);
  CHECK(refused.error().hint.find("account disconnect going --purge") != std::string::npos);
  REQUIRE(accounts.remove(going));
  CHECK(accounts.purging()->empty());
  CHECK(accounts.add(account_named("going")));
}

TEST_CASE_FIXTURE(Tokens, "a removed account leaves no trace, nor does the grant that was removed before") {
  GrantRecord grant;
  grant.email = "hidden@example.org";
  grant.sealed_refresh_token = "sealed-platypus";
  const auto grant_id = store->grants().create(grant).value();
  auto account = account_named("wombat");
  account.grant = grant_id;
  const auto id = store->accounts().add(account).value();
  REQUIRE(store->accounts().add(account_named("kept")));
  REQUIRE(store->grants().remove(grant_id));
  REQUIRE(store->accounts().remove(id));
  const auto file = read_text(folder.file("tokens.db")) + read_text(folder.file("tokens.db-wal"));
  REQUIRE(file.find("kept@example.org") != std::string::npos);
  for (const auto* word : {"hidden", "platypus", "wombat"}) CHECK_MESSAGE(file.find(word) == std::string::npos, word);
}

TEST_CASE_FIXTURE(MailFixture, "what has not been sent is listed, oldest first, for its account alone") {
  const auto add = [&](AccountId owner, OutboxState state, const std::string& subject) {
    OutboxRow row;
    row.account = owner;
    row.state = state;
    row.subject = subject;
    REQUIRE(mail->outbox().add(row, Blob("mime")));
  };
  add(account, OutboxState::failed, "one");
  add(account, OutboxState::sent, "two");
  add(AccountId(9), OutboxState::queued, "three");
  add(account, OutboxState::unknown, "four");
  const auto rows = mail->outbox().rows({.account = account, .unsent = true}).value();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].subject == "one");
  CHECK(rows[0].state == OutboxState::failed);
  CHECK(rows[1].subject == "four");
  CHECK(rows[1].account == account);
}

TEST_CASE_FIXTURE(MailFixture, "the history of runs tells the last that ended and the last good one") {
  CHECK_FALSE(mail->runs().history(account)->last);
  const auto run = [&](std::int64_t ended, const std::string& error) {
    RunRecord record;
    record.account = account;
    record.started = at(ended - 5);
    record.ended = at(ended);
    record.fetched = 3;
    record.quota_units = 9;
    record.complete = error.empty();
    record.error_code = error;
    record.error = error.empty() ? "" : "what went wrong";
    record.run = mail->runs().begin(account, RunKind::sync, record.started).value();
    REQUIRE(mail->runs().end(record));
  };
  run(kNoon, "");
  run(kNoon + 60, "try_later");
  REQUIRE(mail->runs().begin(account, RunKind::sync, at(kNoon + 90)));  // killed
  const auto history = mail->runs().history(account).value();
  CHECK(history.last_success == at(kNoon));
  REQUIRE(history.last);
  CHECK(history.last->ended == at(kNoon + 60));
  CHECK(history.last->started == at(kNoon + 55));
  CHECK(history.last->fetched == 3);
  CHECK(history.last->quota_units == 9);
  CHECK_FALSE(history.last->complete);
  CHECK(history.last->error_code == "try_later");
  CHECK(history.last->error == "what went wrong");
  CHECK_FALSE(mail->runs().history(AccountId(9))->last);
}

TEST_CASE_FIXTURE(MailFixture, "spam and trash do not count as unread") {
  gmail_folders(account);
  store({.id = "a", .unread = true});
  store({.id = "b"});
  store({.id = "c", .labels = {"SPAM"}, .unread = true});
  store({.id = "d", .labels = {"TRASH"}, .unread = true});
  store({.id = "e", .labels = {}, .unread = true});
  CHECK(reader().unread(account).value() == 2);
  CHECK(reader().unread(AccountId(9)).value() == 0);
}

}  // namespace mailmgr::store
