// Purges of the real program, killed at every commit: from the first one on nothing shows the account any more, and the
// same command or the next sync finishes it.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "tests/e2e/kill.h"
#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

constexpr std::size_t kInEach = 20;

bool anything_names(const Home& home, const std::string& text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(home.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string all(std::istreambuf_iterator<char>(file), {});
    if (all.find(text) != std::string::npos) return true;
  }
  return false;
}

// No command finds the account, its mail or its tokens, whatever is still in the files.
void check_unreachable(const Home& home, const std::string& address, int message) {
  CHECK(home.json({"list", "in:anywhere"}).size() == kInEach);
  CHECK(home.json({"search", "in:anywhere", "account:" + address}).empty());
  CHECK(home.run({"show", std::to_string(message)}).exit_code == 5);
  CHECK(home.run({"token", address}).exit_code == 5);
  CHECK(home.run({"sync", address, "--dry-run"}).exit_code == 5);
  CHECK(home.json({"outbox", "list", "--all"}).empty());
  for (const auto& event : home.json({"changes"})) CHECK(event["account"] != address);
}

// Nothing is left of it, and the other account is whole.
void check_gone(const Home& home, const Sandbox& sandbox, const std::string& address, const ProviderCase& other) {
  CHECK(home.sql("tokens", "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM grant_)") == "1|1\n");
  CHECK_FALSE(anything_names(home, address));
  CHECK(home.json({"sync"}).front()["complete"] == true);
  CHECK(differing(local_state(home, other), remote_state(sandbox, other)).empty());
  check_mail_database(home);
}

}  // namespace

TEST_CASE("a purge that is killed anywhere shows nothing of the account, and the next run finishes it" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox({"--synthetic", std::to_string(kInEach), "--auto-consent", "--quota", "off"});
  const Home synced;
  synced.set_providers(sandbox);
  for (const auto& provider : provider_cases()) synced.log_in(provider.name);
  REQUIRE(synced.run({"sync"}).exit_code == 0);
  for (const std::size_t going : {0U, 1U}) {
    const auto address = provider_cases()[going].address;
    const auto& other = provider_cases()[1 - going];
    CAPTURE(address);
    const Home prepared(synced);
    const int message = prepared.json({"list", "in:anywhere", "-a", address}).front()["id"];
    const std::vector<std::string> command{"account", "disconnect", address, "--purge", "--yes"};
    REQUIRE(prepared.run({"send", "-a", address, "--to", "x@example.org", "--subject", "s", "--body", "b", "--queue"})
                .exit_code == 0);
    std::optional<Home> home;
    const auto fresh = [&]() -> const Home& { return home.emplace(prepared); };
    int kills = 0, begun = 0;
    const auto passed = kill_everywhere({"store."}, Passes::some, command, fresh, [&](const Home& left) {
      const bool listed = left.json({"account", "list"}).size() == 2;
      const bool removed = left.sql("tokens", "SELECT count(*) FROM account") == "1\n";
      if (!listed) check_unreachable(left, address, message);
      if (!listed && !removed) ++begun;
      // In turn the next sync and the same command finish what was begun.
      const bool by_sync = ++kills % 2 == 0 && !listed;
      if (by_sync) CHECK(left.run({"sync", other.address}).exit_code == 0);
      if (!by_sync && !removed) CHECK(left.run(command).exit_code == 0);
      check_gone(left, sandbox, address, other);
    });
    CHECK(passed == places_of({"store."}));
    CHECK(begun >= 3);
    check_gone(*home, sandbox, address, other);
  }
}

TEST_CASE("a login that returns while its account is still being removed is told to finish that" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_provider("google", sandbox);
  home.log_in("google");
  const std::vector<std::string> command{"account", "disconnect", "a@gmail.test", "--purge", "--yes"};
  REQUIRE(run_armed(home, command, "store.after_commit", 1).exit_code == kKilled);
  CHECK(home.json({"account", "list"}).empty());
  const std::vector<std::string> login{"login", "google", "--browser", "/usr/bin/curl -sSL -o /dev/null"};
  const Ended refused = home.run(login);
  CHECK(refused.exit_code == 9);
  CHECK_MESSAGE(refused.err.find("mailmgr account disconnect a@gmail.test --purge") != std::string::npos, refused.err);
  CHECK(home.run({"sync", "--allow", "read-only"}).exit_code == 5);  // purges nothing
  CHECK(home.sql("tokens", "SELECT count(*) FROM account") == "1\n");
  CHECK(home.run(command).exit_code == 0);
  CHECK(home.run(login).exit_code == 0);
}
