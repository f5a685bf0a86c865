// Backup and restore through the real binary: nothing is lost, nothing is sent twice, and a kill anywhere does no harm.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/base/failpoint.h"
#include "tests/e2e/kill.h"

using namespace mailmgr::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMessages = 5;

// A home with both accounts, synced.
struct Synced {
  Sandbox sandbox{{"--synthetic", std::to_string(kMessages), "--auto-consent"}};
  Home home;
  std::string file = home.folder().path() + "/backup.tar.zst";

  Synced() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
    REQUIRE(home.run({"sync"}).exit_code == 0);
  }
  Json back_up(bool with_key) const {
    std::vector<std::string> words{"backup", "--output", file, "--force"};
    if (with_key) words.push_back("--with-key");
    return home.json(words).front();
  }
};

// What people see of a store, as text.
std::string listed(const Home& home) {
  return home.run({"account", "list", "--json"}).out + home.run({"list", "in:anywhere", "--json"}).out;
}

std::string error_of(const Ended& ended) {
  const auto at = ended.err.rfind("{\"error\"");
  return at == std::string::npos ? ended.err : ended.err.substr(at);
}

}  // namespace

TEST_CASE_FIXTURE(Synced,
                  "a store that was lost comes back with its key: mail is there, and syncs go on where they were") {
  const Json backup = back_up(true);
  CHECK(backup["accounts"] == 2);
  CHECK(backup["messages"] == 2 * kMessages);
  CHECK(backup["with_key"] == true);
  const std::string before = listed(home);
  fs::remove_all(home.path());

  const Json restored = home.json({"restore", file}).front();
  CHECK(restored["accounts"] == 2);
  CHECK(restored["key"] == "restored");
  CHECK(restored["logins_usable"] == true);
  CHECK(listed(home) == before);
  for (const auto& synced : home.json({"sync"})) {
    CHECK(synced["complete"] == true);
    CHECK(synced["new"] == 0);
  }
}

TEST_CASE_FIXTURE(Synced, "without the key mail can be read, and whoever needs a login is told what to do") {
  CHECK(back_up(false)["with_key"] == false);
  const std::string before = listed(home);
  const std::string key = home.path() + "/config/key", kept = home.folder().path() + "/key";
  fs::rename(key, kept);
  fs::remove_all(home.path());

  const Json restored = home.json({"restore", file}).front();
  CHECK(restored["logins_usable"] == false);
  CHECK(restored.find("key") == restored.end());
  CHECK(listed(home) == before);
  for (const auto& words : {std::vector<std::string>{"sync", "--json"}, {"token", "a@gmail.test", "--json"}}) {
    const Ended ended = home.run(words);
    CHECK(ended.exit_code == 3);
    CHECK(error_of(ended).find("backup") != std::string::npos);
    CHECK(error_of(ended).find("log") != std::string::npos);
  }
  CHECK(home.run({"login", "google", "--browser", "/usr/bin/curl -sSL -o /dev/null"}).exit_code == 3);

  fs::rename(kept, key);
  CHECK(home.run({"sync"}).exit_code == 0);
}

TEST_CASE_FIXTURE(Synced, "a copy stands beside its original: it logs in for itself, and the original goes on") {
  back_up(true);
  Home copy;
  const Json restored = copy.json({"restore", file, "--copy"}).front();
  CHECK(restored["as"] == "copy");
  CHECK(restored["without_secrets"] == Json({"google"}));
  CHECK(copy.json({"list", "in:anywhere"}).size() == 2 * kMessages);
  CHECK(copy.run({"sync"}).exit_code == 4);

  copy.set_providers(sandbox);
  for (const auto& provider : provider_cases()) {
    const Ended login =
        copy.run({"login", "--account", provider.address, "--browser", "/usr/bin/curl -sSL -o /dev/null"});
    CHECK_MESSAGE(login.exit_code == 0, login.err);
  }
  for (const auto& synced : copy.json({"sync"})) CHECK(synced["new"] == 0);
  CHECK(home.run({"sync"}).exit_code == 0);
}

TEST_CASE_FIXTURE(Synced, "a home that has a store is not restored into, and the way out is said") {
  back_up(true);
  const std::string before = listed(home);
  const Ended refused = home.run({"restore", file});
  CHECK(refused.exit_code == 6);
  CHECK(refused.err.find("mv '" + home.path() + "/data'") != std::string::npos);
  CHECK(listed(home) == before);
  Home empty;
  CHECK(empty.json({"restore", file, "-n"}).front()["dry_run"] == true);
  CHECK(empty.json({"account", "list"}).empty());
}

TEST_CASE_FIXTURE(Synced,
                  "a backup is private, replaces nothing unasked, and is no business of a run that is narrowed") {
  back_up(false);
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  CHECK(home.run({"backup", "--output", file}).exit_code == 2);
  CHECK(home.run({"backup", "--output", "-"}).exit_code == 2);
  CHECK(home.run({"backup", "--output", "/dev/null", "--force"}).exit_code == 2);
  CHECK(home.run({"backup", "--output", home.path() + "/nowhere/backup"}).exit_code == 5);
  CHECK(home.run({"backup"}).exit_code == 2);
  CHECK(home.run({"restore", file, "--move", "--copy"}).exit_code == 2);
  for (const char* level : {"read-only", "send-only", "drafts-only"}) {
    CHECK(home.run({"--allow", level, "backup", "--output", file + "2"}).exit_code == 6);
    CHECK(Home().run({"--allow", level, "restore", file}).exit_code == 6);
  }
  CHECK_FALSE(fs::exists(file + "2"));
  const Ended quiet = home.run({"backup", "--output", file + "2"});
  CHECK(quiet.exit_code == 0);
  CHECK((quiet.out + quiet.err).empty());
  CHECK(Home().run({"backup", "--output", file + "3"}).exit_code == 5);
}

TEST_CASE_FIXTURE(Synced, "a full disk ends a backup with 10, and leaves nothing of it") {
  Start start = home.start({"backup", "--output", file});
  start.argv.insert(start.argv.begin(), {"/bin/bash", "-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""});
  const Ended full = run(start);
  CHECK(full.exit_code == 10);
  CHECK(full.err.find("hint: check the disk (is it full?)") != std::string::npos);
  for (const auto& entry : fs::directory_iterator(home.folder().path())) CHECK(entry.path() == home.path());
  CHECK_FALSE(fs::exists(home.path() + "/data/backup.partial"));
}

TEST_CASE_FIXTURE(Synced, "a backup that is killed anywhere leaves no half backup, and the next one works" *
                              doctest::skip(kWithoutFailpoints)) {
  for (const auto place : mailmgr::kFailpoints) {
    if (!place.starts_with("backup.")) continue;
    CAPTURE(place);
    CHECK(run_armed(home, {"backup", "--output", file}, place, 1).exit_code == kKilled);
    CHECK_FALSE(fs::exists(file));
  }
  CHECK(home.run({"backup", "--output", file}).exit_code == 0);
  CHECK_FALSE(fs::exists(home.path() + "/data/backup.partial"));
  CHECK(Home().run({"restore", file, "-n"}).exit_code == 0);
}

TEST_CASE_FIXTURE(Synced, "a restore that is killed anywhere leaves an empty home or a whole one" *
                              doctest::skip(kWithoutFailpoints)) {
  back_up(true);
  const std::string whole = listed(home);
  std::set<std::string> passed;
  for (const auto place : mailmgr::kFailpoints) {
    for (int pass = 1;; pass = next_pass(Passes::most, pass)) {
      CAPTURE(place);
      CAPTURE(pass);
      const Home target;
      const Ended ended = run_armed(target, {"restore", file}, place, pass);
      if (ended.exit_code != kKilled) {
        CHECK_MESSAGE(ended.exit_code == 0, ended.err);
        break;
      }
      passed.insert(std::string(place));
      const std::string left = listed(target);
      if (left.empty()) {
        const Ended again = target.run({"restore", file});
        CHECK_MESSAGE(again.exit_code == 0, again.err);
      } else {
        CHECK(left == whole);
        CHECK(target.run({"restore", file}).exit_code == 6);
      }
      CHECK(listed(target) == whole);
      CHECK_FALSE(fs::exists(target.path() + "/data/restore.ready"));
      if (place.starts_with("restore.")) CHECK(target.run({"sync"}).exit_code == 0);
    }
  }
  for (const auto place : mailmgr::kFailpoints) {
    if (place.starts_with("restore.")) CHECK_MESSAGE(passed.contains(std::string(place)), place);
  }
}

TEST_CASE("backups taken while a sync writes are whole and of one moment") {
  const Sandbox sandbox({"--synthetic", "300", "--auto-consent", "--quota", "off"});
  const Home home;
  home.set_providers(sandbox);
  for (const auto& provider : provider_cases()) home.log_in(provider.name);
  Background sync(home.start({"sync"}));
  const std::string file = home.folder().path() + "/backup";
  for (int i = 0; i < 3; ++i) {
    const Json backup = home.json({"backup", "--output", file, "--force", "--with-key"}).front();
    const Home target;
    const Json restored = target.json({"restore", file}).front();
    CHECK(restored["messages"] == backup["messages"]);
    CHECK(target.json({"list", "in:anywhere"}).size() == restored["messages"]);
    for (const auto& synced : target.json({"sync"})) CHECK(synced["complete"] == true);
    CHECK(target.json({"list", "in:anywhere"}).size() == 600);
  }
  CHECK(sync.wait().exit_code == 0);
}
