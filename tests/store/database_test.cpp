// How a store is opened: private files, schemas, foreign contents, full disks, killed writers.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <future>

#include "core/base/descriptor.h"
#include "store/messages.h"
#include "store/schema.h"
#include "tests/store/mail_fixture.h"

namespace mailmgr::store {
namespace {

unsigned mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

Error open_error(const TempFolder& folder, OpenMode mode = OpenMode::write) {
  const auto opened = MailStore::open(folder.path(), mode);
  REQUIRE_FALSE(opened);
  return opened.error();
}

constexpr const char* kV1 = "CREATE TABLE thing (name TEXT); INSERT INTO thing VALUES ('kept');";
constexpr const char* kV2 = "ALTER TABLE thing ADD COLUMN size INTEGER NOT NULL DEFAULT 7;";
constexpr const char* kBroken = "CREATE TABLE half (x); SELECT * FROM nowhere;";
constexpr std::array<const char*, 1> kOld{kV1};
constexpr std::array<const char*, 2> kNew{kV1, kV2};
constexpr std::array<const char*, 2> kFails{kV1, kBroken};
const DatabaseKind kOldKind{"t.db", 77, kOld};
const DatabaseKind kNewKind{"t.db", 77, kNew};
const DatabaseKind kFailingKind{"t.db", 77, kFails};

TEST_CASE("a new store is private whatever the umask") {
  TempFolder folder;
  const auto data = folder.file("deep/data");
  const auto old = ::umask(0);
  {
    auto mail = MailStore::open(data, OpenMode::write);
    REQUIRE(mail);
    REQUIRE((*mail)->runs().begin(AccountId(1), RunKind::sync, at(kNoon)));
    CHECK(mode_of(data) == 0700);
    for (const auto* name : {"/mail.db", "/mail.db-wal", "/mail.db-shm"}) CHECK(mode_of(data + name) == 0600);
  }
  ::umask(old);
}

TEST_CASE("attack 46: a store that is open to others is refused with the command that repairs it") {
  TempFolder folder;
  REQUIRE(MailStore::open(folder.path(), OpenMode::write));
  const auto path = folder.file("mail.db");
  for (const mode_t mode : {0644U, 0660U, 0606U}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const auto error = open_error(folder);
    CHECK(error.code == Code::config);
    CHECK(error.hint == "chmod 600 " + std::filesystem::canonical(path).string());
  }
  REQUIRE(::chmod(path.c_str(), 0600) == 0);
  REQUIRE(::chmod(folder.path().c_str(), 0770) == 0);
  CHECK(open_error(folder).code == Code::config);
  REQUIRE(::chmod(folder.path().c_str(), 0700) == 0);
  CHECK(MailStore::open(folder.path(), OpenMode::read));
}

TEST_CASE("attack 46: another user's store is refused") {
  if (::geteuid() != 0) return;  // only root can give files away
  TempFolder folder;
  REQUIRE(MailStore::open(folder.path(), OpenMode::write));
  REQUIRE(::chown(folder.file("mail.db").c_str(), 12345, 12345) == 0);
  const auto error = open_error(folder);
  CHECK(error.code == Code::config);
  CHECK(error.message.find("12345") != std::string::npos);
}

TEST_CASE("attack 47: a store that is no regular file is refused") {
  TempFolder folder;
  const auto target = folder.write("target", "untouched");
  SUBCASE("a link") {
    REQUIRE(::symlink(target.c_str(), folder.file("mail.db").c_str()) == 0);
  }
  SUBCASE("a dangling link") {
    REQUIRE(::symlink("/nowhere/x", folder.file("mail.db").c_str()) == 0);
  }
  SUBCASE("a named pipe") {
    REQUIRE(::mkfifo(folder.file("mail.db").c_str(), 0600) == 0);
  }
  SUBCASE("a linked log") {
    REQUIRE(MailStore::open(folder.path(), OpenMode::write));
    REQUIRE(::symlink(target.c_str(), folder.file("mail.db-wal").c_str()) == 0);
  }
  CHECK(open_error(folder).code == Code::config);
  CHECK(read_text(target) == "untouched");
}

TEST_CASE("a data folder reached through a link is fine") {
  TempFolder folder;
  REQUIRE(::mkdir(folder.file("real").c_str(), 0700) == 0);
  REQUIRE(::symlink("real", folder.file("link").c_str()) == 0);
  REQUIRE(MailStore::open(folder.file("link"), OpenMode::write));
  CHECK(std::filesystem::exists(folder.file("real/mail.db")));
}

TEST_CASE("reading a store that does not exist finds nothing and makes nothing") {
  TempFolder folder;
  const auto mail = MailStore::open(folder.path(), OpenMode::read);
  REQUIRE(mail);
  CHECK((*mail)->reader().count(AccountId(1)).value() == 0);
  CHECK((*mail)->reader().folders()->empty());
  const auto tokens = TokenStore::open(folder.path(), OpenMode::read);
  REQUIRE(tokens);
  CHECK((*tokens)->accounts().list()->empty());
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a store opened for reading cannot be written") {
  MailFixture fixture;
  fixture.mail.reset();
  const auto mail = MailStore::open(fixture.folder.path(), OpenMode::read);
  REQUIRE(mail);
  const auto run = (*mail)->runs().begin(AccountId(1), RunKind::sync, at(kNoon));
  REQUIRE_FALSE(run);
  CHECK(run.error().code == Code::store);
}

TEST_CASE("an older schema is brought up to date and keeps its rows") {
  TempFolder folder;
  REQUIRE(Database::open(folder.path(), kOldKind, OpenMode::write));
  const auto db = Database::open(folder.path(), kNewKind, OpenMode::write);
  REQUIRE(db);
  auto row = (*db)->sql("SELECT name, size FROM thing");
  REQUIRE(row.step());
  CHECK(row.text(0) == "kept");
  CHECK(row.integer(1) == 7);
}

TEST_CASE("a migration that fails leaves the old schema whole") {
  TempFolder folder;
  REQUIRE(Database::open(folder.path(), kOldKind, OpenMode::write));
  REQUIRE_FALSE(Database::open(folder.path(), kFailingKind, OpenMode::write));
  const auto db = Database::open(folder.path(), kOldKind, OpenMode::write);
  REQUIRE(db);
  CHECK_FALSE((*db)->sql("SELECT 1 FROM sqlite_schema WHERE name = 'half'").step());
}

TEST_CASE("attack 51: a newer schema is refused and not touched") {
  TempFolder folder;
  REQUIRE(Database::open(folder.path(), kNewKind, OpenMode::write));
  const auto before = read_text(folder.file("t.db"));
  for (const auto mode : {OpenMode::read, OpenMode::write}) {
    const auto opened = Database::open(folder.path(), kOldKind, mode);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Code::config);
    CHECK(opened.error().message.find("written by a newer mailmgr") != std::string::npos);
  }
  CHECK((read_text(folder.file("t.db")) == before));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("attack 51: a newer schema that is still in the log is refused too") {
  TempFolder folder;
  const auto old = Database::open(folder.path(), kOldKind, OpenMode::write);  // keeps the log from being folded in
  REQUIRE(old);
  REQUIRE(Database::open(folder.path(), kNewKind, OpenMode::write));
  const auto again = Database::open(folder.path(), kOldKind, OpenMode::write);
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Code::config);
}

TEST_CASE("a new store that another process is making at this moment is waited for") {
  TempFolder folder;
  { const Descriptor made(::open(folder.file("t.db").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }
  SQLite::Database rival(folder.file("t.db"), SQLite::OPEN_READWRITE);
  rival.exec("BEGIN IMMEDIATE");
  auto opening =
      std::async(std::launch::async, [&] { return Database::open(folder.path(), kNewKind, OpenMode::write); });
  // Long enough for the other to come to the locked file; when it does not, the test merely sees less.
  for (int i = 0; i < 20'000 && opening.wait_for(std::chrono::seconds(0)) != std::future_status::ready; ++i) {
    rival.execAndGet("SELECT count(*) FROM sqlite_schema");
  }
  rival.exec("COMMIT");
  const auto opened = opening.get();
  REQUIRE_MESSAGE(opened, opened.error().message);
}

// Closing any descriptor of a file drops all POSIX locks of the process on it; another process then takes the database
// for unused and removes the log under the first connection.
TEST_CASE("a second connection leaves the locks of the first") {
  TempFolder folder;
  const auto first = MailStore::open(folder.path(), OpenMode::write);
  REQUIRE(first);
  REQUIRE(MailStore::open(folder.path(), OpenMode::read));
  REQUIRE(MailStore::open(folder.path(), OpenMode::write));
  const Descriptor file{::open(folder.file("mail.db").c_str(), O_RDWR | O_CLOEXEC)};
  // A lock of the open file asks as another process would.
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  REQUIRE(::fcntl(file.get(), F_OFD_GETLK, &lock) == 0);
  CHECK(lock.l_type == F_RDLCK);
}

TEST_CASE("what is not a mailmgr store is refused") {
  TempFolder folder;
  SUBCASE("another program's database") {
    SQLite::Database other(folder.file("mail.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    other.exec("CREATE TABLE theirs (x)");
    ::chmod(folder.file("mail.db").c_str(), 0600);
  }
  SUBCASE("no database") {
    folder.write("mail.db", std::string(4096, 'x'));
  }
  const auto before = read_text(folder.file("mail.db"));
  const auto error = open_error(folder);
  CHECK((error.code == Code::config || error.code == Code::store));
  CHECK_FALSE(error.hint.empty());
  CHECK((read_text(folder.file("mail.db")) == before));
}

TEST_CASE("attack 51: triggers and views that somebody put into a store are refused") {
  for (const auto* hostile : {"CREATE TRIGGER t AFTER INSERT ON message BEGIN DELETE FROM message; END",
                              "CREATE VIEW v AS SELECT 1", "CREATE VIRTUAL TABLE evil USING fts5(x)"}) {
    TempFolder folder;
    REQUIRE(MailStore::open(folder.path(), OpenMode::write));
    SQLite::Database(folder.file("mail.db"), SQLite::OPEN_READWRITE).exec(hostile);
    const auto error = open_error(folder);
    CAPTURE(hostile);
    CHECK(error.code == Code::config);
    CHECK(error.message.find("did not make") != std::string::npos);
  }
}

TEST_CASE("attack 51: SQL cannot rewrite the schema of an open store, and functions named in it are not trusted") {
  TempFolder folder;
  auto db = Database::open(folder.path(), kMailDatabase, OpenMode::write);
  REQUIRE(db);
  const auto trusted = (*db)->read("asking", [&] {
    auto row = (*db)->sql_once("PRAGMA trusted_schema");
    REQUIRE(row.step());
    return row.integer(0);
  });
  CHECK(trusted.value() == 0);
  const auto rewritten = (*db)->write("rewriting", [&] {
    (*db)->exec("PRAGMA writable_schema = ON");
    (*db)->exec("UPDATE sqlite_schema SET sql = 'CREATE TABLE message (x)' WHERE name = 'message'");
  });
  CHECK_FALSE(rewritten.has_value());
}

TEST_CASE_FIXTURE(MailFixture, "a full disk is said plainly, changes nothing, and passes") {
  gmail_folders(account);
  store({.id = "before"});
  mail.reset();
  auto db = Database::open(folder.path(), kMailDatabase, OpenMode::write);
  REQUIRE(db);
  Messages messages(**db);
  (*db)->exec("PRAGMA max_page_count = 1");  // no smaller than the file is: no page can be added
  std::vector<NewMessage> batch;
  for (int i = 0; i < 200; ++i) {
    batch.push_back(make({.id = "m" + std::to_string(i), .body = std::string(9000, static_cast<char>('a' + i % 26))}));
    std::string noise;
    for (int k = 0; k < 9000; ++k) noise.push_back(static_cast<char>((k * 7919 + i * 104729 + k * k) % 251));
    batch.back().raw = Blob(noise);
  }
  const auto work = [&] { messages.store(account, batch, at(kNoon)); };
  const auto stored = (*db)->write("storing messages", work);
  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == Code::store);
  CHECK(stored.error().message == "storing messages: the disk is full");
  CHECK(stored.error().hint.find("free some space") != std::string::npos);

  (*db)->exec("PRAGMA max_page_count = 1000000");
  REQUIRE((*db)->write("storing messages", work));
  db->reset();
  reopen();
  CHECK(sync().counts(account)->messages == 201);
}

TEST_CASE_FIXTURE(MailFixture, "a failed transaction is rolled back whole") {
  gmail_folders(account);
  auto db = Database::open(folder.path(), kMailDatabase, OpenMode::write);
  REQUIRE(db);
  const auto failed = (*db)->write("trying", [&] {
    (*db)->sql("DELETE FROM folder").run();
    throw Failure({Code::partial, "half way", ""});
  });
  CHECK(failed.error().message == "half way");
  CHECK(reader().folders()->size() > 0);
  REQUIRE((*db)->write("trying", [] {}));  // and the connection goes on
}

TEST_CASE_FIXTURE(MailFixture, "a killed writer leaves whole batches and no more") {
  gmail_folders(account);
  mail.reset();
  constexpr int kBatch = 20;
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const auto child = ::fork();
  if (child == 0) {
    auto own = MailStore::open(folder.path(), OpenMode::write);
    for (int number = 0; own; ++number) {
      std::vector<NewMessage> batch;
      for (int i = 0; i < kBatch; ++i) {
        batch.push_back(make({.id = std::to_string(number) + "-" + std::to_string(i), .received = kNoon + number}));
      }
      if (!(*own)->sync().store_messages(account, batch, at(kNoon)) || ::write(pipe[1], "x", 1) != 1) break;
    }
    ::_exit(1);
  }
  std::array<char, 3> committed{};
  for (auto& byte : committed) REQUIRE(::read(pipe[0], &byte, 1) == 1);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  REQUIRE(WIFSIGNALED(status));

  reopen();
  const auto messages = sync().counts(account)->messages;
  CHECK(messages >= committed.size() * kBatch);
  CHECK(messages % kBatch == 0);
  std::size_t found = 0;
  const auto query = query::parse("body in:inbox", at(kNoon));
  REQUIRE(reader().search(*query, {}, {}, [&](const MessageRow& row) {
    CHECK(reader().raw(row.id));
    return ++found > 0;
  }));
  CHECK(found == messages);
  SQLite::Database check(folder.file("mail.db"));
  CHECK(check.execAndGet("PRAGMA integrity_check").getString() == "ok");
}

TEST_CASE_FIXTURE(MailFixture, "the index agrees with itself after deletions and replacements") {
  gmail_folders(account);
  for (int i = 0; i < 50; ++i) store({.id = std::to_string(i % 20), .body = "word" + std::to_string(i)});
  apply("mailbox", {gone("3"), gone("4")});
  mail.reset();
  SQLite::Database check(folder.file("mail.db"), SQLite::OPEN_READWRITE);
  check.exec("INSERT INTO search (search, rank) VALUES ('integrity-check', 0)");
  CHECK(check.execAndGet("PRAGMA integrity_check").getString() == "ok");
}

}  // namespace
}  // namespace mailmgr::store
