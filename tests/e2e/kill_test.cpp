// The real program, killed with SIGKILL at every place where that could hurt, and what is left then: the next run
// works, no token is lost, no account is half there, the databases are whole. Refresh tokens rotate at both providers.
#include "tests/e2e/kill.h"

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <random>
#include <set>

#include "core/base/failpoint.h"
#include "tests/support/test_count.h"

using namespace mailmgr::test;
using mailmgr::kFailpoints;

namespace {

constexpr int kMessages = 3;
const std::string kBrowser = "/usr/bin/curl -sSL -o /dev/null";

std::vector<std::string> rotating_sandbox() {
  return {"--synthetic", std::to_string(kMessages), "--auto-consent", "--rotate-refresh-tokens"};
}

std::string fresh_token(const Home& home) {
  const Ended ended = home.run({"token"});
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  return ended.out.substr(0, ended.out.find('\n'));
}

// There is one account with one grant, which can be refreshed, and the database is whole. Afterwards only the newest
// refresh token is good for anything: the next refresh shows whether that is the one that was stored.
void check_login(const Home& home, const Sandbox& sandbox, const ProviderCase& provider) {
  home.expire_access_tokens();
  CHECK(sandbox.accepts(provider.name, fresh_token(home)));
  CHECK(home.sql("tokens", "SELECT count(*), (SELECT count(*) FROM grant_) FROM account; PRAGMA integrity_check") ==
        "1|1\nok\n");
  sandbox.post("/_sandbox/expire", {{"older_refresh_tokens", true}});
}

}  // namespace

TEST_CASE("a refresh that is killed anywhere costs nothing: the next run has a token, and the newest is stored" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_provider(provider.name, sandbox);
    home.log_in(provider.name);
    const std::vector<std::string_view> groups{"http.", "store.", "refresh."};
    const auto expired = [&]() -> const Home& {
      home.expire_access_tokens();
      return home;
    };
    const auto passed = kill_everywhere(groups, Passes::most, {"token"}, expired,
                                        [&](const Home&) { check_login(home, sandbox, provider); });
    CHECK(passed == places_of(groups));
    check_login(home, sandbox, provider);
  }
}

TEST_CASE("a login that is killed anywhere leaves no account or a whole one, and can be done again" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  const std::vector<std::string_view> groups{"http.", "store.", "login.", "key."};
  std::set<std::string_view> passed;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home prepared;
    prepared.set_provider(provider.name, sandbox);  // Google's secret makes the key now, Microsoft's login makes it
    std::optional<Home> home;
    const auto fresh = [&]() -> const Home& { return home.emplace(prepared); };
    passed.merge(kill_everywhere(groups, Passes::most, {"login", provider.name, "--browser", kBrowser}, fresh,
                                 [&](const Home& left) {
                                   const std::string accounts = left.sql("tokens", "SELECT count(*) FROM account");
                                   if (accounts != "0\n") check_login(left, sandbox, provider);
                                   left.log_in(provider.name);
                                   check_login(left, sandbox, provider);  // nothing of the killed one is left
                                 }));
  }
  CHECK(passed == places_of(groups));
}

TEST_CASE("logging in again and being killed anywhere leaves the account working, with its old login or the new one" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_provider(provider.name, sandbox);
    home.log_in(provider.name);
    kill_everywhere(
        {"store.", "login."}, Passes::some, {"login", "--account", provider.address, "--browser", kBrowser},
        [&]() -> const Home& { return home; }, [&](const Home&) { check_login(home, sandbox, provider); });
    check_login(home, sandbox, provider);
  }
}

TEST_CASE("commands killed at random places lose no login and no mail" * doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(rotating_sandbox());
  std::mt19937 random(1);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_provider(provider.name, sandbox);
    home.log_in(provider.name);
    const std::vector<std::vector<std::string>> commands{
        {"token"}, {"sync"}, {"sync", "--full"}, {"login", "--account", provider.address, "--browser", kBrowser}};
    const int kills = test_count(10, 200);
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
