// The real program, killed with SIGKILL at every place where that could hurt, and what is left then: the next run
// works, no token is lost, no account is half there, the databases are whole. Refresh tokens rotate at both providers.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <random>
#include <set>

#include "core/base/failpoint.h"
#include "tests/e2e/world.h"
#include "tests/support/test_count.h"

using namespace mailmgr::test;
using mailmgr::kFailpoints;

namespace {

constexpr int kKilled = 128 + SIGKILL;
constexpr int kMessages = 3;
const std::string kBrowser = "/usr/bin/curl -sSL -o /dev/null";

std::vector<std::string> rotating_sandbox() {
  return {"--synthetic", std::to_string(kMessages), "--auto-consent", "--rotate-refresh-tokens"};
}

Ended run_armed(const Home& home, const std::vector<std::string>& words, std::string_view place, int pass) {
  Start start = home.start(words);
  start.environment["MAILMGR_FAILPOINT"] = std::string(place) + ":" + std::to_string(pass);
  return run(start);
}

enum class Passes {
  all,
  some,  // the first, second, fourth, eighth and so on; all of them where MAILMGR_TEST_COUNT asks for more
};

// Runs `attempt` (place, pass) for each place and each time it is passed, until it ends by itself; the places passed.
std::set<std::string> kill_everywhere(Passes passes, const std::function<Ended(std::string_view, int)>& attempt) {
  const bool all = passes == Passes::all || test_count(1) > 1;
  std::set<std::string> passed;
  for (const auto place : kFailpoints) {
    for (int pass = 1;; pass = all ? pass + 1 : pass * 2) {
      CAPTURE(place);
      CAPTURE(pass);
      const Ended ended = attempt(place, pass);
      if (ended.exit_code != kKilled) {
        CHECK_MESSAGE(ended.exit_code == 0, ended.err);
        break;
      }
      passed.insert(std::string(place));
    }
  }
  return passed;
}

std::set<std::string> places_of(std::initializer_list<std::string_view> groups) {
  std::set<std::string> places;
  for (const auto place : kFailpoints) {
    for (const auto group : groups) {
      if (place.starts_with(group)) places.insert(std::string(place));
    }
  }
  return places;
}

std::string fresh_token(const Home& home) {
  const Ended ended = home.run({"token"});
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  return ended.out.substr(0, ended.out.find('\n'));
}

int count_of(const Home& home, const std::string& table) {
  return std::stoi(home.sql("tokens", "SELECT count(*) FROM " + table));
}

// The login can be refreshed, the databases are whole. Afterwards only the newest refresh token is good for anything:
// the next refresh shows whether that is the one that was stored.
void check_login(const Home& home, const Sandbox& sandbox, const ProviderCase& provider) {
  home.expire_access_tokens();
  CHECK(sandbox.accepts(provider.name, fresh_token(home)));
  CHECK(home.sql("tokens", "PRAGMA integrity_check") == "ok\n");
  sandbox.post("/_sandbox/expire", {{"older_refresh_tokens", true}});
}

}  // namespace

TEST_CASE("a refresh that is killed anywhere costs nothing: the next run has a token, and the newest is stored" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_providers(sandbox);
    home.log_in(provider.name);
    const auto passed = kill_everywhere(Passes::all, [&](std::string_view place, int pass) {
      home.expire_access_tokens();
      const Ended ended = run_armed(home, {"token"}, place, pass);
      check_login(home, sandbox, provider);
      return ended;
    });
    check_login(home, sandbox, provider);
    CHECK(passed == places_of({"http.", "store.", "refresh."}));
  }
}

TEST_CASE("a login that is killed anywhere leaves no account or a whole one, and can be done again" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  std::set<std::string> passed;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home prepared;
    prepared.set_provider(provider.name, sandbox);  // Google's secret makes the key now, Microsoft's login makes it
    passed.merge(kill_everywhere(Passes::all, [&](std::string_view place, int pass) {
      const Home home(prepared);
      const Ended ended = run_armed(home, {"login", provider.name, "--browser", kBrowser}, place, pass);
      CHECK(count_of(home, "account") <= 1);
      if (count_of(home, "account") == 1) CHECK(sandbox.accepts(provider.name, fresh_token(home)));
      home.log_in(provider.name);
      check_login(home, sandbox, provider);
      CHECK(count_of(home, "account") == 1);
      CHECK(count_of(home, "grant_") == 1);  // what the killed one left is gone
      return ended;
    }));
  }
  CHECK(passed == places_of({"http.", "store.", "login.", "key."}));
}

TEST_CASE("logging in again and being killed anywhere leaves the account working, with its old login or the new one" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_providers(sandbox);
    home.log_in(provider.name);
    kill_everywhere(Passes::some, [&](std::string_view place, int pass) {
      const Ended ended = run_armed(home, {"login", "--account", provider.address, "--browser", kBrowser}, place, pass);
      check_login(home, sandbox, provider);
      CHECK(count_of(home, "account") == 1);
      return ended;
    });
    check_login(home, sandbox, provider);
  }
}

TEST_CASE("a sync that is killed anywhere is completed by the next one" * doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home prepared;
    prepared.set_providers(sandbox);
    prepared.log_in(provider.name);
    prepared.expire_access_tokens();
    kill_everywhere(Passes::some, [&](std::string_view place, int pass) {
      const Home home(prepared);
      const Ended ended = run_armed(home, {"sync"}, place, pass);
      const Json report = home.json({"sync"}).front();
      CHECK(report["complete"] == true);
      CHECK(home.json({"search", "in:anywhere"}).size() == kMessages);
      CHECK(home.sql("mail", "PRAGMA integrity_check") == "ok\n");
      CHECK(home.sql("tokens", "PRAGMA integrity_check") == "ok\n");
      return ended;
    });
  }
}

TEST_CASE("commands killed at random places lose no login and no mail" * doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  std::mt19937 random(1);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_providers(sandbox);
    home.log_in(provider.name);
    const std::vector<std::vector<std::string>> commands{
        {"token"}, {"sync"}, {"sync", "--full"}, {"login", "--account", provider.address, "--browser", kBrowser}};
    const int kills = test_count(10);
    for (int i = 0; i < kills; ++i) {
      CAPTURE(i);
      if (below(2) == 0) home.expire_access_tokens();
      const auto& words = commands[below(commands.size())];
      const Ended ended =
          run_armed(home, words, kFailpoints[below(kFailpoints.size())], 1 + static_cast<int>(below(4)));
      const bool as_expected = ended.exit_code == 0 || ended.exit_code == kKilled;
      CHECK_MESSAGE(as_expected, ended.exit_code, ended.err);
    }
    CHECK(home.json({"sync"}).front()["complete"] == true);
    CHECK(home.json({"search", "in:anywhere"}).size() == kMessages);
    CHECK(home.sql("mail", "PRAGMA integrity_check") == "ok\n");
    check_login(home, sandbox, provider);
  }
}
