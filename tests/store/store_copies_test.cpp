// Copies of the store: of one moment while others write, whole, and fit to become a store again.
#include "store/store_copies.h"

#include <sqlite3.h>
#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

AccountRecord account_of(GrantId grant, const std::string& name) {
  AccountRecord account;
  account.name = account.email = name;
  account.grant = grant;
  account.provider = "google";
  account.connected = at(kNoon);
  return account;
}

std::int64_t ask(const std::string& folder, const std::string& sql) {
  SQLite::Database db(folder + "/mail.db", SQLite::OPEN_READWRITE);
  db.exec("ATTACH '" + folder + "/tokens.db' AS tokens");
  return db.execAndGet(sql).getInt64();
}

struct World : MailFixture {
  World() {
    gmail_folders(account);
    tokens = *TokenStore::open(folder.path(), OpenMode::write);
    std::filesystem::create_directory(target);
  }
  // A grant with tokens, and the account that it reaches.
  GrantId connect(const std::string& name, GrantKind kind = GrantKind::oauth_code) {
    GrantRecord grant;
    grant.provider = "google";
    grant.kind = kind;
    grant.sealed_refresh_token = "sealed refresh token of " + name;
    grant.sealed_access_token = "sealed access token of " + name;
    const auto id = tokens->grants().create(grant).value();
    REQUIRE(tokens->accounts().add(account_of(id, name)));
    return id;
  }
  OutboxId queue(OutboxState state) {
    OutboxRow row;
    row.account = account;
    row.state = state;
    row.subject = std::string(to_string(state));
    return mail->outbox().add(row, Blob("mime"))->id;
  }
  void copy() { REQUIRE(copies.copy_to(target, {}, {})); }

  std::unique_ptr<TokenStore> tokens;
  SqliteStoreCopies copies{folder.path()};
  std::string target = folder.file("copy");
};

}  // namespace

TEST_CASE_FIXTURE(World, "a copy holds both databases as they were at one moment, while both are being written") {
  // As a login and a sync do it: first the account, then its mail. Here an account gets one message, so that at no
  // moment there are more messages than accounts, nor two accounts more than messages.
  std::atomic<int> written = 0;
  std::atomic<bool> enough = false;
  std::thread writer([&] {
    const auto own_mail = MailStore::open(folder.path(), OpenMode::write).value();
    const auto own_tokens = TokenStore::open(folder.path(), OpenMode::write).value();
    while (!enough) {
      const std::string name = "account-" + std::to_string(written);
      const auto id = own_tokens->accounts().add(account_of(GrantId(1), name)).value();
      const auto message = make({.id = name, .body = std::string(3000, 'x')});
      (void)own_mail->sync().store_messages(id, {&message, 1}, at(kNoon));
      ++written;
      written.notify_all();
    }
  });
  for (int round = 0, before = 0; round < 20; ++round) {
    for (; written == before; written.wait(before)) {
    }
    before = written;
    std::filesystem::remove_all(target);
    std::filesystem::create_directory(target);
    const auto copied = copies.copy_to(target, {}, {});
    const auto checked = copies.check(target);
    CHECK_MESSAGE(copied, copied.error().message);
    REQUIRE_MESSAGE(checked, checked.error().message);
    CHECK(checked->accounts >= static_cast<std::uint64_t>(before));
    CHECK(checked->messages <= checked->accounts);
    CHECK(checked->accounts <= checked->messages + 1);
    CHECK(ask(target, "SELECT count(*) FROM message WHERE account NOT IN (SELECT id FROM tokens.account)") == 0);
  }
  enough = true;
  writer.join();
}

TEST_CASE_FIXTURE(World, "the moment of a copy is one at which nobody writes to either database") {
  SQLite::Database refresh(folder.file("tokens.db"), SQLite::OPEN_READWRITE);
  refresh.exec("BEGIN IMMEDIATE");
  std::atomic<bool> ended = false;
  std::thread copier([&] {
    (void)copies.copy_to(target, {}, {});
    ended = true;
  });
  // It waits for tokens.db; meanwhile nobody gets at mail.db.
  SQLite::Database sync(folder.file("mail.db"), SQLite::OPEN_READWRITE);
  bool held = false;
  while (!held && !ended) {
    held = sync.tryExec("BEGIN IMMEDIATE") == SQLITE_BUSY;
    if (!held) sync.exec("ROLLBACK");
  }
  CHECK(held);
  refresh.exec(
      "INSERT INTO account (name, email, grant_id, provider, kind, state, is_default, connected)"
      " VALUES ('late', 'late', 1, 'google', 'google', 'active', 0, 0)");
  refresh.exec("COMMIT");
  copier.join();
  CHECK(copies.check(target)->accounts == 1);
  CHECK(sync.tryExec("BEGIN IMMEDIATE") == SQLITE_OK);  // and others go on
}

TEST_CASE_FIXTURE(World,
                  "a copy has what is still in the logs, is one private file per database, and opens as a store") {
  connect("ada@example.org");
  store({.id = "a", .body = "first words"});
  store({.id = "b", .body = "other words"});
  copy();
  const auto contents = copies.check(target).value();
  CHECK(contents.messages == 2);
  CHECK(contents.accounts == 1);
  CHECK(std::distance(std::filesystem::directory_iterator(target), {}) == 2);
  for (const auto* name : {"/mail.db", "/tokens.db"}) {
    struct stat info {};
    REQUIRE(::stat((target + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600);
  }

  const auto here = list();
  mail = *MailStore::open(target, OpenMode::write);
  CHECK(list() == here);
  CHECK(find("first") == "a");
  CHECK(reader().raw(row("a").id)->bytes().value().find("first words") != std::string::npos);
}

TEST_CASE_FIXTURE(World, "a copy can be given up half way") {
  store({.id = "a"});
  std::stop_source source;
  const auto stopped = copies.copy_to(
      target, [&](auto, auto, auto) { source.request_stop(); }, Stop(source.get_token()));
  if (stopped) return;  // it fitted into one step
  CHECK(stopped.error().code == Code::interrupted);
}

TEST_CASE_FIXTURE(World, "a store is empty until it has a provider, an account, a message or something to send") {
  CHECK(copies.is_empty().value());
  SUBCASE("provider") {
    ProviderConfig config;
    config.name = "google";
    REQUIRE(tokens->providers().put(config));
  }
  SUBCASE("account") {
    connect("ada@example.org");
  }
  SUBCASE("message") {
    store({.id = "a"});
  }
  SUBCASE("outbox") {
    queue(OutboxState::queued);
  }
  CHECK_FALSE(copies.is_empty().value());
  CHECK(SqliteStoreCopies(folder.file("nowhere")).is_empty().value());
}

TEST_CASE_FIXTURE(World, "damage in a copy is found") {
  for (int i = 0; i < 200; ++i)
    store({.id = std::to_string(i), .body = std::string(2000, static_cast<char>('a' + i % 26))});
  copy();
  {
    std::fstream file(target + "/mail.db", std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 20);
    file << std::string(4096 * 10, '\x5a');
  }
  const auto checked = copies.check(target);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::store);
}

TEST_CASE_FIXTURE(World, "attack 51: a copy with a newer schema, triggers, views or other tables is no store") {
  copy();
  const auto prepare = [&](const char* sql) {
    SQLite::Database(target + "/mail.db", SQLite::OPEN_READWRITE).exec(sql);
  };
  SUBCASE("newer") {
    prepare("PRAGMA user_version = 99");
  }
  SUBCASE("trigger") {
    prepare("CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM message; END");
  }
  SUBCASE("view") {
    prepare("CREATE VIEW v AS SELECT * FROM message");
  }
  SUBCASE("a table more") {
    prepare("CREATE TABLE theirs (x)");
  }
  SUBCASE("an index more") {
    prepare("CREATE INDEX theirs ON message (upper(subject))");
  }
  SUBCASE("a table less") {
    prepare("DROP TABLE outbox");
  }
  SUBCASE("another program's") {
    prepare("PRAGMA application_id = 7");
  }
  const auto checked = copies.check(target);
  REQUIRE_FALSE(checked);
  CHECK(checked.error().code == Code::config);
}

TEST_CASE_FIXTURE(World, "whatever a restored store may have sent is held, and remembers what it was") {
  const std::vector<OutboxState> unsent{OutboxState::queued, OutboxState::sending, OutboxState::failed,
                                        OutboxState::unknown};
  std::vector<OutboxId> ids;
  for (const auto state : unsent) ids.push_back(queue(state));
  const auto sent = queue(OutboxState::sent);
  copy();
  CHECK(copies.adopt(target, RestoreAs::move)->held == unsent.size());

  mail = *MailStore::open(target, OpenMode::write);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto row = **mail->outbox().find(ids[i]);
    CHECK(row.state == OutboxState::held);
    CHECK(row.held_from == to_string(unsent[i]));
    CHECK(mail->outbox().mime(ids[i])->bytes().value() == "mime");
  }
  CHECK((*mail->outbox().find(sent))->state == OutboxState::sent);
  mail.reset();
  CHECK(copies.adopt(target, RestoreAs::move)->held == 0);  // restored again: what they were is not forgotten
  mail = *MailStore::open(target, OpenMode::write);
  CHECK((*mail->outbox().find(ids[0]))->held_from == "queued");
}

TEST_CASE_FIXTURE(World, "a held message cannot be taken for sending") {
  queue(OutboxState::queued);
  copy();
  REQUIRE(copies.adopt(target, RestoreAs::move));
  mail = *MailStore::open(target, OpenMode::write);
  auto row = **mail->outbox().find(OutboxId(1));
  row.state = OutboxState::sending;
  const auto taken = mail->outbox().update(row);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Code::refused);
  CHECK((*mail->outbox().find(OutboxId(1)))->state == OutboxState::held);
  row.state = OutboxState::queued;  // a person's decision
  CHECK(mail->outbox().update(row));
}

TEST_CASE_FIXTURE(World, "a store that takes another's place keeps its logins, a copy has none and no trace of them") {
  const auto login = connect("ada@example.org");
  const auto organisation = connect("bob@example.org", GrantKind::service_account);
  ProviderConfig config;
  config.name = "google";
  config.sealed_client_secret = "sealed client secret";
  REQUIRE(tokens->providers().put(config));
  REQUIRE(tokens->vault().save_key("", "wrapped key"));
  const auto uuid = tokens->vault().load()->store_uuid;
  copy();

  REQUIRE(copies.adopt(target, RestoreAs::move)->without_secrets.empty());
  {
    const auto moved = *TokenStore::open(target, OpenMode::read);
    CHECK((*moved->grants().find(login))->sealed_refresh_token == "sealed refresh token of ada@example.org");
    CHECK((*moved->grants().find(login))->state == GrantState::active);
    CHECK((moved->vault().load()->store_uuid == uuid));
  }
  CHECK(copies.adopt(target, RestoreAs::copy)->without_secrets == std::vector<std::string>{"google"});
  const std::string bytes = read_text(target + "/tokens.db");
  for (const auto* trace : {"sealed refresh", "sealed access", "sealed client", "wrapped key"}) {
    CHECK_MESSAGE(bytes.find(trace) == std::string::npos, trace);
  }
  const auto copied = *TokenStore::open(target, OpenMode::read);
  CHECK((*copied->grants().find(login))->state == GrantState::needs_login);
  CHECK((*copied->grants().find(login))->generation == 1);
  CHECK((*copied->grants().find(organisation))->state == GrantState::active);  // nobody logs in to it
  CHECK((copied->vault().load()->store_uuid != uuid));
  CHECK(copied->vault().load()->wrapped_key.empty());
  CHECK(copied->accounts().list()->size() == 2);
}

TEST_CASE_FIXTURE(World, "an empty store makes way only when nobody has it open") {
  const auto busy = copies.make_way();
  REQUIRE_FALSE(busy);
  CHECK(busy.error().code == Code::busy);
  mail.reset();
  tokens.reset();
  CHECK(copies.make_way());
  CHECK_FALSE(std::filesystem::exists(folder.file("mail.db-wal")));
  reopen();
  store({.id = "a"});
  mail.reset();
  const auto refused = copies.make_way();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::refused);
}

}  // namespace mailmgr::store
