#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "core/system/file_quota_ledger.h"
#include "core/system/quota_record_text.h"
#include "core/system/system_random.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

const Time kNow = from_rfc3339("2026-01-31T09:15:00Z").value();

struct Folder : TempFolder {
  SystemRandom random;
  FileQuotaLedger ledger() { return FileQuotaLedger(path(), random); }

  std::string only_file() const {
    const auto first = std::filesystem::directory_iterator(path());
    REQUIRE(std::distance(std::filesystem::directory_iterator(path()), {}) == 1);
    return first->path().string();
  }
};

QuotaRecord record_of(FileQuotaLedger& ledger, std::string_view key = "key") {
  QuotaRecord record;
  REQUIRE(ledger.update(key, [&](QuotaRecord& found) { record = found; }));
  return record;
}

void open_request(FileQuotaLedger& ledger) {
  REQUIRE(ledger.update(
      "key", [](QuotaRecord& record) { record.open.push_back({.id = record.next_id++, .since = kNow, .units = 20}); }));
}

}  // namespace

TEST_CASE("what one ledger wrote another reads, key by key") {
  Folder folder;
  auto one = folder.ledger(), two = folder.ledger();
  REQUIRE(one.update("key", [](QuotaRecord& record) {
    record.spent = {{kNow, 20, 5}, {kNow + 1s, 40, 0}};
    record.blocked_until = kNow + 1h;
    record.next_id = 77;
  }));
  open_request(one);
  const auto read = record_of(two);
  REQUIRE(read.spent.size() == 2);
  CHECK(read.spent[1].when == kNow + 1s);
  CHECK(read.spent[0].units == 20);
  CHECK(read.spent[0].upload == 5);
  CHECK(read.blocked_until == kNow + 1h);
  CHECK(read.next_id == 78);
  REQUIRE(read.open.size() == 1);
  CHECK(read.open[0].since == kNow);
  CHECK(read.open[0].owner != 0);
  CHECK_FALSE(read.open[0].abandoned);
  CHECK(record_of(two, "other").spent.empty());
}

TEST_CASE("the ledger's file is private and does not tell whose it is") {
  Folder folder;
  auto ledger = folder.ledger();
  REQUIRE(ledger.update("client\nada@example.org", [](QuotaRecord&) {}));
  struct stat status {};
  REQUIRE(stat(folder.only_file().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  CHECK(folder.only_file().find("ada") == std::string::npos);
}

TEST_CASE("a file that is a link, or open to others, is refused") {
  Folder folder;
  {
    auto ledger = folder.ledger();
    open_request(ledger);
  }
  const auto path = folder.only_file();
  REQUIRE(chmod(path.c_str(), 0644) == 0);
  CHECK(folder.ledger().update("key", [](QuotaRecord&) {}).error().code == Code::config);
  std::filesystem::rename(path, path + ".real");
  std::filesystem::create_symlink(path + ".real", path);
  CHECK(folder.ledger().update("key", [](QuotaRecord&) {}).error().code == Code::config);
}

TEST_CASE("a damaged ledger begins empty") {
  QuotaRecord record;
  record.spent = {{kNow, 20, 0}};
  const auto good = write_quota_record(record);
  CHECK(read_quota_record(good).spent.size() == 1);
  CHECK(read_quota_record("").spent.empty());
  CHECK(read_quota_record(good + "x").spent.empty());
  for (std::size_t i = 0; i < good.size(); ++i) {
    CHECK(read_quota_record(good.substr(0, i)).spent.empty());
    auto bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    CHECK(read_quota_record(bad).spent.empty());
  }
}

TEST_CASE("requests of a process that is gone are told from those of one that lives") {
  Folder folder;
  auto here = folder.ledger();
  open_request(here);
  auto gone = std::make_unique<FileQuotaLedger>(folder.path(), folder.random);
  open_request(*gone);
  auto watcher = folder.ledger();
  CHECK_FALSE(record_of(watcher).open[1].abandoned);
  gone.reset();
  const auto read = record_of(watcher);
  REQUIRE(read.open.size() == 2);
  CHECK_FALSE(read.open[0].abandoned);
  CHECK(read.open[1].abandoned);

  const pid_t child = fork();
  if (child == 0) {
    FileQuotaLedger killed(folder.path(), folder.random);
    const bool done =
        killed.update("key", [](QuotaRecord& record) { record.open = {{.id = 9, .units = 1}}; }).has_value();
    _exit(done ? 0 : 1);
  }
  int ended = 0;
  REQUIRE(waitpid(child, &ended, 0) == child);
  REQUIRE(ended == 0);
  CHECK(record_of(watcher).open[0].abandoned);
}

TEST_CASE("processes and threads change the ledger one after the other") {
  Folder folder;
  constexpr int kEach = 200;
  const auto count = [&](FileQuotaLedger& ledger) {
    for (int i = 0; i < kEach; ++i) {
      if (!ledger.update("key", [](QuotaRecord& record) { ++record.next_id; })) return false;
    }
    return true;
  };
  const pid_t child = fork();
  if (child == 0) {
    FileQuotaLedger ledger(folder.path(), folder.random);
    _exit(count(ledger) ? 0 : 1);
  }
  auto one = folder.ledger(), two = folder.ledger();
  {
    std::jthread other([&] { count(one); });
    std::jthread another([&] { count(two); });
    count(one);
  }
  int ended = 0;
  REQUIRE(waitpid(child, &ended, 0) == child);
  CHECK(ended == 0);
  CHECK(record_of(one).next_id == 1 + 4 * kEach);
}
