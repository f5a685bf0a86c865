// Two programs of one machine that spend the quota of one user, which the sandbox enforces in a window of a second.
#include <doctest/doctest.h>

#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

constexpr int kOfEach = 250;
const std::string kPerSecond = "gmail-new:2000/1s";  // 100 messages a second

const ProviderCase& gmail_account() {
  return provider_cases()[0];
}

// One mailbox under two names, each with its own copy of the mail: in all, five seconds of the quota.
struct TwiceConnected {
  Sandbox sandbox;
  Home home;
  explicit TwiceConnected(int of_each = kOfEach, const std::string& quota = kPerSecond)
      : sandbox({"--synthetic", std::to_string(of_each), "--auto-consent", "--quota", quota}) {
    home.set_provider("google", sandbox);
    REQUIRE(home.run({"provider", "set", "google", "--quota", quota}).exit_code == 0);
    home.log_in("google");
    home.sql("tokens",
             "INSERT INTO account (name, email, grant_id, provider, kind, since, state, connected, is_default) SELECT "
             "'again', email, grant_id, provider, kind, since, state, connected, 0 FROM account");
    sandbox.post("/_sandbox/stats/reset", Json::object());
  }
};

std::string count_stored(const Home& home, const std::string& account) {
  return home.sql("mail", "SELECT count(*) FROM message WHERE stored > 0 AND account = " + account);
}

}  // namespace

TEST_CASE("two programs that spend one user's quota at once are refused nothing and lose nothing") {
  const TwiceConnected world;
  Background first(world.home.start({"sync", gmail_account().address, "--json"}));
  Background second(world.home.start({"sync", "again", "--json"}));
  for (Background* program : {&first, &second}) {
    const Ended ended = program->wait();
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    const Json report = json_lines(ended.out).at(0);
    CHECK(report["complete"] == true);
    CHECK(report["new"] == kOfEach);
    CHECK(report["failed"] == 0);
  }
  CHECK(count_stored(world.home, "1") == std::to_string(kOfEach) + "\n");
  CHECK(count_stored(world.home, "2") == std::to_string(kOfEach) + "\n");
  // What was refused was asked for again: less than 1 of 100.
  CHECK((fetched_messages(world.sandbox) - 2 * kOfEach) * 100 < 2 * kOfEach);
}

TEST_CASE("a sync beside a deep verify of the same mailbox is refused nothing") {
  const TwiceConnected world;
  REQUIRE(world.home.run({"sync", gmail_account().address}).exit_code == 0);
  world.sandbox.post("/_sandbox/stats/reset", Json::object());
  Background verify(world.home.start({"verify", gmail_account().address, "--deep"}));
  Background sync(world.home.start({"sync", "again"}));
  for (Background* program : {&verify, &sync}) {
    const Ended ended = program->wait();
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  }
  CHECK(count_stored(world.home, "2") == std::to_string(kOfEach) + "\n");
  CHECK((fetched_messages(world.sandbox) - 2 * kOfEach) * 100 < 2 * kOfEach);
}

TEST_CASE("programs that do not share a ledger are refused, as the sandbox counts them together") {
  // So little that the slowest machine spends it.
  constexpr int kFew = 60;
  const TwiceConnected world(kFew, "gmail-new:400/1s");
  const Home other(world.home);  // a ledger of its own
  Background first(world.home.start({"sync", gmail_account().address}));
  Background second(other.start({"sync", "again"}));
  CHECK(first.wait().exit_code == 0);
  CHECK(second.wait().exit_code == 0);
  CHECK(count_stored(world.home, "1") == std::to_string(kFew) + "\n");
  CHECK(count_stored(other, "2") == std::to_string(kFew) + "\n");
  CHECK((fetched_messages(world.sandbox) - 2 * kFew) * 100 >= 2 * kFew);
}
