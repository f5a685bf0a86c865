// Syncs of the real program, killed at every place where that could hurt and at random: run again, they end where an
// uninterrupted one does, fetch nothing twice beyond a page, and leave a database that is whole.
#include <optional>
#include <random>

#include "tests/e2e/kill.h"
#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

constexpr int kMessages = 60;
constexpr int kChanged = 4;  // that change_mailbox makes new
constexpr int kPage = 500;   // ids of a listing's page: more is never on its way at once

std::vector<std::string> full_sandbox() {
  return {"--synthetic", std::to_string(kMessages), "--auto-consent", "--quota", "off"};
}

// Everything a sync has to follow: mail that comes, goes, moves, is marked and labelled, a folder and a draft.
void change_mailbox(const Sandbox& sandbox, const ProviderCase& provider, const std::string& name) {
  const auto poke = [&](const char* verb, const Json& args) { return sandbox.post(mailbox(provider, verb), args); };
  const Json messages = sandbox.get(mailbox(provider, "state"))["messages"];
  poke("create_folder", {{"name", name}});
  for (const char* word : {"one", "two", "three"}) {
    poke("deliver", {{"raw", mail(name + word)}, {"unread", true}});
  }
  poke("move", {{"id", messages[0]["id"]}, {"folder", name}});
  poke("delete", {{"id", messages[1]["id"]}});
  poke("mark", {{"id", messages[2]["id"]}, {"starred", !messages[2]["starred"].get<bool>()}});
  poke("label", {{"id", messages[3]["id"]}, {"label", "Label of " + name}});
  poke("deliver", {{"raw", mail(name + "draft")}, {"folder", "drafts"}});
}

// Runs syncs until one is complete.
void complete(const Home& home, const ProviderCase& provider) {
  Json report = Json::object();
  for (int run = 0; run < 3 && report.value("complete", false) == false; ++run) {
    report = home.json({"sync", provider.address})[0];
  }
  CHECK_MESSAGE(report["complete"] == true, report.dump());
}

void check_equal(const Home& home, const Sandbox& sandbox, const ProviderCase& provider) {
  CHECK(differing(local_state(home, provider), remote_state(sandbox, provider)) == "");
  check_mail_database(home);
}

// Kills a sync of the home that `prepare` gives everywhere, and checks what the next one makes of it.
void kill_syncs(const Sandbox& sandbox, const ProviderCase& provider, const Home& prepared, int to_fetch) {
  std::optional<Home> home;
  const auto fresh = [&]() -> const Home& {
    sandbox.post("/_sandbox/stats/reset", Json::object());
    return home.emplace(prepared);
  };
  const std::vector<std::string_view> groups{"http.", "store."};
  const auto passed = kill_everywhere(groups, Passes::some, {"sync", provider.address}, fresh, [&](const Home& left) {
    complete(left, provider);
    check_equal(left, sandbox, provider);
    CHECK(fetched_messages(sandbox) <= to_fetch + kMessages);  // fewer than a page
  });
  CHECK(passed == places_of(groups));
}

}  // namespace

TEST_CASE("a first sync that is killed anywhere is completed by the next one" * doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(full_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home prepared;
    prepared.set_provider(provider.name, sandbox);
    prepared.log_in(provider.name);
    kill_syncs(sandbox, provider, prepared, kMessages);
  }
}

TEST_CASE("of a large mailbox, a killed sync fetches no more than a page again" * doctest::skip(kWithoutFailpoints)) {
  constexpr int kMany = 1200;
  const Sandbox sandbox({"--synthetic", std::to_string(kMany), "--auto-consent", "--quota", "off"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_provider(provider.name, sandbox);
    home.log_in(provider.name);
    sandbox.post("/_sandbox/stats/reset", Json::object());
    // Each commit of messages is one of these; the position in the program does not matter.
    REQUIRE(run_armed(home, {"sync", provider.address}, "store.before_commit", 16).exit_code == kKilled);
    complete(home, provider);
    check_equal(home, sandbox, provider);
    CHECK(fetched_messages(sandbox) <= kMany + kPage);
  }
}

TEST_CASE("a sync of changes that is killed anywhere is completed by the next one" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(full_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home prepared;
    prepared.set_provider(provider.name, sandbox);
    prepared.log_in(provider.name);
    REQUIRE(prepared.json({"sync", provider.address})[0]["complete"] == true);
    change_mailbox(sandbox, provider, "First");
    kill_syncs(sandbox, provider, prepared, kChanged);
  }
}

TEST_CASE("a sync after its cursor expired that is killed anywhere is completed by the next one" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(full_sandbox());
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home prepared;
    prepared.set_provider(provider.name, sandbox);
    prepared.log_in(provider.name);
    REQUIRE(prepared.json({"sync", provider.address})[0]["complete"] == true);
    change_mailbox(sandbox, provider, "First");
    sandbox.post(mailbox(provider, "expire_cursors"), Json::object());
    kill_syncs(sandbox, provider, prepared, kChanged);
  }
}

TEST_CASE("syncs killed at random places while the mailbox changes end where an uninterrupted one does" *
          doctest::skip(kWithoutFailpoints)) {
  const Sandbox sandbox(full_sandbox());
  const auto places = places_of({"http.", "store."});
  const std::vector<std::string_view> list(places.begin(), places.end());
  std::mt19937 random(4);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_provider(provider.name, sandbox);
    home.log_in(provider.name);
    const int kills = test_count(8, 200);
    for (int i = 0; i < kills; ++i) {
      CAPTURE(i);
      if (below(3) == 0) change_mailbox(sandbox, provider, "Box" + std::to_string(i));
      if (below(8) == 0) sandbox.post(mailbox(provider, "expire_cursors"), Json::object());
      const auto place = list[below(list.size())];
      const Ended ended = run_armed(home, {"sync", provider.address}, place, 1 + static_cast<int>(below(12)));
      const bool as_expected = ended.exit_code == 0 || ended.exit_code == kKilled;
      CHECK_MESSAGE(as_expected, ended.exit_code, ended.err);
    }
    complete(home, provider);
    check_equal(home, sandbox, provider);
  }
}
