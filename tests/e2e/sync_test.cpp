// Sync through the real binary: incremental, repeated, interrupted, with expired cursors, and never by two at once.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <set>
#include <sstream>

#include "core/base/encoding.h"
#include "tests/e2e/mail_state.h"
#include "tests/support/test_count.h"

using namespace mailmgr::test;

namespace {

struct Synced {
  Sandbox sandbox;
  Home home;
  explicit Synced(std::vector<std::string> options) : sandbox(with_consent(std::move(options))) {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  static std::vector<std::string> with_consent(std::vector<std::string> options) {
    options.push_back("--auto-consent");
    return options;
  }
};

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

// What --ids prints.
std::vector<std::string> printed_ids(const Home& home, std::vector<std::string> words) {
  words.emplace_back("--ids");
  const Ended ended = home.run(std::move(words));
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  std::istringstream lines(ended.out);
  return {std::istream_iterator<std::string>(lines), {}};
}

}  // namespace

TEST_CASE("changes made elsewhere arrive with the next sync") {
  Synced world({"--synthetic", "60"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    CHECK(world.home.json({"sync", provider.address})[0]["new"] == 60);
    CHECK(local_state(world.home, provider) == remote_state(world.sandbox, provider));

    const auto deliver = [&](const std::string& subject) {
      return world.sandbox.post(mailbox(provider, "deliver"), {{"raw", mail(subject)}, {"unread", true}})["id"]
          .get<std::string>();
    };
    const auto kept = deliver("stork-stork-stork");
    const auto removed = deliver("removed");
    const auto moved = deliver("stork");
    world.sandbox.post(mailbox(provider, "create_folder"), {{"name", "Projects"}});
    CHECK(world.home.json({"sync", provider.address})[0]["new"] == 3);

    world.sandbox.post(mailbox(provider, "mark"), {{"id", kept}, {"unread", false}, {"starred", true}});
    world.sandbox.post(mailbox(provider, "delete"), {{"id", removed}});
    world.sandbox.post(mailbox(provider, "move"), {{"id", moved}, {"folder", "Projects"}});
    world.sandbox.post(mailbox(provider, "label"), {{"id", kept}, {"label", "Urgent"}});
    const Json report = world.home.json({"sync", provider.address})[0];
    CHECK(report["new"] == 0);
    CHECK(report["deleted"] == 1);
    CHECK(report["complete"] == true);
    CHECK(local_state(world.home, provider) == remote_state(world.sandbox, provider));
    CHECK(world.home.json({"search", "-a", provider.address, "label:urgent"}).size() == 1);

    // Found by words, the best hit is not the newest; --fields chooses what is told, and in which order.
    const auto urgent = printed_ids(world.home, {"-a", provider.address, "list", "urgent"});
    const auto projects = printed_ids(world.home, {"-a", provider.address, "list", "projects"});
    REQUIRE(projects.size() == 1);
    const std::vector<std::string> search{"-a", provider.address, "search", "stork", "-removed"};
    CHECK(printed_ids(world.home, search) == joined(projects, urgent));
    CHECK(printed_ids(world.home, joined(search, {"--sort", "relevance"})) == joined(urgent, projects));
    const auto newest = joined(search, {"--limit", "1"});
    CHECK(world.home.run(joined(newest, {"--fields", "subject,id"})).out == "stork\t" + projects[0] + "\n");
    CHECK(world.home.run(joined(newest, {"--fields", "id,subject", "--json"})).out ==
          "{\"id\":" + projects[0] + ",\"subject\":\"stork\"}\n");
  }

  // Page by page, as a person reads: each message and each conversation once, in the order of the whole list.
  for (const std::vector<std::string>& list :
       {std::vector<std::string>{"list", "in:anywhere"}, {"search", "text", "in:anywhere"}, {"list", "--threads"}}) {
    CAPTURE(list.back());
    std::vector<std::string> paged;
    for (auto page = printed_ids(world.home, joined(list, {"--limit", "40"})); !page.empty() && paged.size() < 400;
         page = printed_ids(world.home, joined(list, {"--limit", "40", "--before", page.back()}))) {
      CHECK(page.size() <= 40);
      paged = joined(paged, page);
    }
    CHECK(paged == printed_ids(world.home, list));
    CHECK(std::set<std::string>(paged.begin(), paged.end()).size() == paged.size());
  }
  // What --ids prints of conversations can be shown.
  const auto threads = world.home.run({"list", "--threads", "--limit", "3", "--ids"}).out;
  CHECK(world.home.json({"show", "-"}, threads).size() == 3);
}

TEST_CASE("an expired cursor lists everything again, repairs the marks and fetches nothing that is stored") {
  Synced world({"--synthetic", "40"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    REQUIRE(world.home.run({"sync", provider.address}).exit_code == 0);
    const auto messages = world.sandbox.get(mailbox(provider, "state"))["messages"];
    world.sandbox.post(mailbox(provider, "mark"),
                       {{"id", messages[0]["id"]}, {"unread", !messages[0]["unread"].get<bool>()}});
    world.sandbox.post(mailbox(provider, "delete"), {{"id", messages[1]["id"]}});
    world.sandbox.post(mailbox(provider, "deliver"), {{"raw", mail("fresh")}});
    world.sandbox.post(mailbox(provider, "expire_cursors"), Json::object());

    const Json report = world.home.json({"sync", provider.address})[0];
    CHECK(report["complete"] == true);
    CHECK(report["new"] == 1);
    CHECK(report["deleted"] == 1);
    CHECK(local_state(world.home, provider) == remote_state(world.sandbox, provider));
  }
}

TEST_CASE("a sync that is killed loses nothing and the next one finishes") {
  const int kills = test_count(2, 20);
  Synced world({"--synthetic", "150"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    for (int i = 0; i < kills; ++i) {
      // Each kill falls later: when so many messages are stored, or the sync has ended before.
      const int target = 150 * i / kills;
      Background sync(world.home.start({"sync", provider.address}));
      int stored = 0;
      do {
        stored = world.home.json({"account", "show", provider.address})[0]["messages"];
      } while (stored <= target && stored < 150);
      sync.signal(SIGKILL);
      sync.wait();
    }
    const Json report = world.home.json({"sync", provider.address})[0];
    CHECK(report["complete"] == true);
    CHECK(local_state(world.home, provider) == remote_state(world.sandbox, provider));
  }
}

TEST_CASE("a second sync of the same account says busy at once") {
  Synced world({"--synthetic", "5"});
  REQUIRE(world.home.run({"sync", "a@gmail.test"}).exit_code == 0);
  const std::string lock = world.home.path() + "/data/locks/sync-1";
  REQUIRE(std::filesystem::exists(lock));
  Start start = world.home.start({"sync", "a@gmail.test", "--json"});
  start.argv.insert(start.argv.begin(), {"/usr/bin/flock", lock});  // holds the lease while the sync runs
  const Ended busy = run(start);
  CHECK(busy.exit_code == 9);
  CHECK(world.home.run({"sync", "a@gmail.test"}).exit_code == 0);
}

TEST_CASE("of ten syncs of an account at the same time one does the work and nine say busy while it does") {
  Synced world({"--synthetic", "20"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const std::vector<std::string> words{"sync", provider.address};
    world.sandbox.post("/_sandbox/faults", {{"match", {{"user", provider.address}}}, {"action", "hold"}});
    Background first(world.home.start(words));
    CHECK(world.sandbox.get("/_sandbox/held/1")["held"] == 1);
    std::vector<std::unique_ptr<Background>> others;
    for (int i = 0; i < 9; ++i) others.push_back(std::make_unique<Background>(world.home.start(words)));
    for (auto& other : others) CHECK(other->wait().exit_code == 9);
    CHECK(world.sandbox.get("/_sandbox/held/1")["held"] == 1);  // nobody else had asked for anything
    world.sandbox.remove_faults();
    const Ended ended = first.wait();
    CHECK_MESSAGE(ended.exit_code == 0, ended.err);
    CHECK(local_state(world.home, provider) == remote_state(world.sandbox, provider));
  }
  check_mail_database(world.home);
}

TEST_CASE("an interruption is told once, however many accounts it meets") {
  Synced world({"--synthetic", "5"});
  for (const bool watching : {false, true}) {
    CAPTURE(watching);
    world.sandbox.post("/_sandbox/faults", {{"match", {{"path", "gmail/v1|v1.0"}}}, {"action", "hold"}});
    Background sync(world.home.start({"sync", watching ? "--watch" : "--full"}));
    CHECK(world.sandbox.get("/_sandbox/held/2")["held"].get<int>() >= 2);
    sync.signal(SIGINT);
    const Ended ended = sync.wait();
    CHECK(ended.exit_code == 130);
    CHECK(ended.err == "mailmgr: stopped before it was finished\nhint: run the same command again\n");
    world.sandbox.remove_faults();
  }
}

TEST_CASE("--max-time ends cleanly and tells what remains") {
  Synced world({"--synthetic", "100"});
  const Json report = world.home.json({"sync", "a@gmail.test", "--max-time", "0s"})[0];
  CHECK(report["complete"] == false);
  CHECK(world.home.json({"sync", "a@gmail.test"})[0]["complete"] == true);
}

TEST_CASE("damaged mail is stored and listed, never fatal") {
  Synced world({"--synthetic", "1"});
  const std::vector<std::string> damaged{
      "no header at all",
      std::string("Subject: nul\r\n\r\na\0b", 20),
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64",
      "Subject: =?nonsense?Q?=FF=FE?=\r\nContent-Type: text/plain; charset=klingon\r\n\r\n\xff\xfe\x80",
      "From: " + std::string(2000, ':') + "\r\n\r\n",
      "\r\n\r\n\r\n"};
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    for (const auto& raw : damaged) {
      const Json answer = world.sandbox.post(mailbox(provider, "deliver"), Json{{"raw", mailmgr::base64(raw)}});
      REQUIRE_MESSAGE(answer.contains("id"), answer.dump());
    }
    const Json report = world.home.json({"sync", provider.address})[0];
    CHECK(report["complete"] == true);
    CHECK(report["failed"] == 0);
    CHECK(report["new"] == damaged.size() + 1);
    CHECK(world.home.json({"list", "-a", provider.address, "in:anywhere"}).size() == damaged.size() + 1);
  }
}
