// Sending with the real program: keys, the outbox by hand and by sync, and commands that are killed anywhere.
#include <optional>

#include "tests/e2e/kill.h"
#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

struct Sender {
  const Sandbox sandbox{{"--auto-consent", "--quota", "off"}};
  Home home;
  Sender() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
};

std::vector<std::string> send_words(const ProviderCase& provider, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"send",      "-a",     provider.address, "--to", "someone@example.org",
                                 "--subject", "Report", "--body",         "Here."};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

int times_sent(const Sandbox& sandbox, const ProviderCase& provider) {
  return static_cast<int>(sandbox.get(mailbox(provider, "sent")).size());
}

int drafts_left(const Sandbox& sandbox, const ProviderCase& provider) {
  int count = 0;
  const Json state = sandbox.get(mailbox(provider, "state"));
  for (const auto& message : state["messages"]) count += message["draft"].get<bool>() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a command with a key can be repeated: the first result is told again") {
  const Sender world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Json first = world.home.json(send_words(provider, {"--key", "order 7"})).at(0);
    CHECK(first["state"] == "sent");
    CHECK(first["key"] == "order 7");
    CHECK_FALSE(first.contains("repeated"));
    const Json again = world.home.json(send_words(provider, {"--key", "order 7"})).at(0);
    CHECK(again["repeated"] == true);
    CHECK(again["id"] == first["id"]);
    const Ended other = world.home.run(send_words(provider, {"--key", "order 7", "--cc", "b@example.org"}));
    CHECK(other.exit_code == 2);
    CHECK(other.err.find("stands for another message already") != std::string::npos);
    CHECK(times_sent(world.sandbox, provider) == 1);
  }
}

TEST_CASE("what is queued waits in the outbox, where it is seen and cancelled, and leaves with a flush or a sync") {
  const Sender world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto id = [&](const std::vector<std::string>& more) {
      return world.home.json(send_words(provider, more)).at(0)["id"].dump();
    };
    const auto cancelled = id({"--queue"});
    const auto flushed = id({"--queue"});
    CHECK(world.home.json({"outbox", "list", "-a", provider.address}).size() == 2);
    CHECK(world.home.run({"outbox", "show", flushed, "--raw"}).out.find("Subject: Report") != std::string::npos);
    CHECK(world.home.json({"outbox", "cancel", cancelled}).at(0)["state"] == "cancelled");
    CHECK(times_sent(world.sandbox, provider) == 0);
    CHECK(world.home.json({"outbox", "flush", "-a", provider.address}).at(0)["state"] == "sent");
    CHECK(times_sent(world.sandbox, provider) == 1);

    const auto synced = id({"--queue"});
    const auto later = id({"--at", "2h"});
    const Ended sync = world.home.run({"sync"});
    CHECK_MESSAGE(sync.exit_code == 0, sync.err);
    CHECK(sync.out.empty());
    CHECK(sync.err.empty());
    CHECK(times_sent(world.sandbox, provider) == 2);
    CHECK(world.home.json({"outbox", "show", synced}).at(0)["state"] == "sent");
    CHECK(world.home.json({"outbox", "show", later}).at(0)["state"] == "scheduled");
    CHECK(world.home.run({"outbox", "cancel", synced}).exit_code == 6);
    CHECK(world.home.run({"outbox", "cancel", "999"}).exit_code == 5);
    CHECK(world.home.run({"outbox", "cancel", "seven"}).exit_code == 2);
    CHECK(world.home.run({"outbox", "cancel"}).exit_code == 2);
    CHECK(world.home.run({"outbox", "resolve", later, "--sent"}).exit_code == 6);
    CHECK(world.home.run({"outbox", "resolve", later}).exit_code == 2);
    CHECK(world.home.run({"outbox", "cancel", later}).exit_code == 0);
  }
}

TEST_CASE("an empty key or time is a variable that was never set, and nothing is sent") {
  const Sender world;
  for (const auto& provider : provider_cases()) {
    CHECK(world.home.run(send_words(provider, {"--key", ""})).exit_code == 2);
    CHECK(world.home.run(send_words(provider, {"--at", ""})).exit_code == 2);
    CHECK(world.home.run(send_words(provider, {"--at", "2020-01-01T00:00:00Z"})).exit_code == 2);
    CHECK(times_sent(world.sandbox, provider) == 0);
  }
  CHECK(world.home.run({"outbox", "list"}).out.empty());
}

TEST_CASE("a sync sends what waits for an account that may only send, too") {
  const Sandbox sandbox({"--auto-consent", "--quota", "off"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  home.log_in_for_sending_only("microsoft");
  for (const auto& provider : provider_cases()) {
    REQUIRE(home.run(send_words(provider, {"--queue"})).exit_code == 0);
  }
  const Ended sync = home.run({"sync"});
  CHECK_MESSAGE(sync.exit_code == 0, sync.err);
  for (const auto& provider : provider_cases()) CHECK(times_sent(sandbox, provider) == 1);
}

TEST_CASE("a message that was refused fails, is told by status, and goes when it is retried") {
  const Sender world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    world.sandbox.post(
        "/_sandbox/faults",
        {{"match", {{"method", "POST"}, {"path", "send$"}}}, {"action", {{"status", 400}}}, {"times", 1}});
    CHECK(world.home.run(send_words(provider)).exit_code == 6);
    CHECK(world.home.run({"status"}).exit_code == 7);
    CHECK(world.home.json({"outbox", "retry"}).at(0)["state"] == "sent");
    CHECK(world.home.run({"outbox", "list"}).out.empty());
    CHECK(times_sent(world.sandbox, provider) == 1);
  }
}

TEST_CASE("a send with a key that is killed anywhere is completed by its repetition, once" *
          doctest::skip(kWithoutFailpoints)) {
  std::optional<Sender> world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    world.emplace();
    const Home prepared(world->home);
    std::optional<Home> home;
    int before = 0;
    const auto fresh = [&]() -> const Home& {
      before = times_sent(world->sandbox, provider);
      return home.emplace(prepared);
    };
    const auto words = send_words(provider, {"--key", "k"});
    const auto passed = kill_everywhere({"http.", "store."}, Passes::most, words, fresh, [&](const Home& left) {
      // As if a minute had gone by: else a draft that may be on its way is watched for some seconds.
      left.sql("mail", "UPDATE outbox SET changed = changed - 60000");
      const Ended again = left.run(words);
      CHECK_MESSAGE(again.exit_code == 0, again.err);
      CHECK(times_sent(world->sandbox, provider) == before + 1);
      CHECK(drafts_left(world->sandbox, provider) == 0);
    });
    CHECK(passed == places_of({"http.", "store."}));
  }
}
