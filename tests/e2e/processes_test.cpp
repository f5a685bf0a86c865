// Many processes and one login: one refresh for all, and nobody waits for ever for somebody who hangs or died.
#include <doctest/doctest.h>
#include <signal.h>

#include <memory>
#include <set>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

using Processes = std::vector<std::unique_ptr<Background>>;

Processes start_many(const Home& home, int count, const std::vector<std::string>& words) {
  Processes processes;
  for (int i = 0; i < count; ++i) processes.push_back(std::make_unique<Background>(home.start(words)));
  return processes;
}

// All ended well; what they printed, without repetitions.
std::set<std::string> outputs(Processes& processes) {
  std::set<std::string> printed;
  for (auto& process : processes) {
    const Ended ended = process->wait();
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    printed.insert(ended.out);
  }
  return printed;
}

struct LoggedIn {
  Sandbox sandbox{{"--synthetic", "3", "--auto-consent", "--rotate-refresh-tokens"}};
  Home home;
  explicit LoggedIn(const std::string& provider) {
    home.set_providers(sandbox);
    home.log_in(provider);
    home.expire_access_tokens();
    sandbox.post("/_sandbox/stats/reset", Json::object());
  }
  int refreshes() const { return sandbox.get("/_sandbox/stats")["tokens"]["refreshes"]; }
  // A process that needs a refresh and stopped at a failpoint.
  std::unique_ptr<Background> stopped_at(const std::string& place) const {
    Start start = home.start({"token"});
    start.environment["MAILMGR_FAILPOINT"] = place + ":1:stop";
    auto process = std::make_unique<Background>(start);
    REQUIRE(process->wait_for_stop());
    return process;
  }
};

}  // namespace

TEST_CASE("ten processes that find the access token expired make one refresh, and all get the new token") {
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const LoggedIn world(provider.name);
    Processes processes = start_many(world.home, 10, {"token"});
    const auto printed = outputs(processes);
    REQUIRE(printed.size() == 1);
    CHECK(world.sandbox.accepts(provider.name, printed.begin()->substr(0, printed.begin()->find('\n'))));
    CHECK(world.refreshes() == 1);
  }
}

TEST_CASE("syncs of several accounts that share one login make one refresh") {
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const LoggedIn world(provider.name);
    const int accounts = 5;
    for (int i = 1; i < accounts; ++i) {
      const std::string name = std::to_string(i);
      world.home.sql("tokens",
                     "INSERT INTO account (name, email, grant_id, provider, kind, since, state, connected, is_default) "
                     "SELECT 'shared" +
                         name + "', 'shared" + name +
                         "@' || email, grant_id, provider, kind, since, state, connected, 0 FROM account WHERE id = 1");
    }
    Processes processes;
    for (int i = 0; i < accounts; ++i) {
      const std::string name = i == 0 ? provider.address : "shared" + std::to_string(i);
      processes.push_back(std::make_unique<Background>(world.home.start({"sync", name})));
    }
    outputs(processes);
    CHECK(world.refreshes() == 1);
  }
}

TEST_CASE("who waits for a process that hangs in a refresh can be ended, and by --max-time ends by itself" *
          doctest::skip(kWithoutFailpoints)) {
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const LoggedIn world(provider.name);
    const auto hanging = world.stopped_at("refresh.reread");  // it holds the grant's lease

    const Json report = world.home.json({"sync", "--max-time", "1s"}).front();
    CHECK(report["complete"] == false);
    const auto waiting = world.stopped_at("refresh.needed");
    waiting->signal(SIGTERM);
    waiting->signal(SIGCONT);
    CHECK(waiting->wait().exit_code == 128 + SIGTERM);
    CHECK(world.refreshes() == 0);

    hanging->signal(SIGCONT);
    CHECK(hanging->wait().exit_code == 0);
    CHECK(world.home.run({"token"}).exit_code == 0);
    CHECK(world.refreshes() == 1);
  }
}

TEST_CASE("when the process that refreshes is killed, those that wait go on with one refresh of their own" *
          doctest::skip(kWithoutFailpoints)) {
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const LoggedIn world(provider.name);
    const auto hanging = world.stopped_at("refresh.reread");
    Processes waiting = start_many(world.home, 5, {"token"});
    hanging->signal(SIGKILL);
    CHECK(hanging->wait().exit_code == 128 + SIGKILL);
    CHECK(outputs(waiting).size() == 1);
    CHECK(world.refreshes() == 1);
  }
}
