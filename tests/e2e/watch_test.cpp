// What cron, systemd and scripts build on: options of sync that decide what counts as a failure, the change feed, the
// log, verification, metrics, and a sync that goes on.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

struct Synced {
  std::optional<Sandbox> running;  // none: the providers cannot be reached
  const Sandbox& sandbox;
  Home home;
  Synced() : sandbox(running.emplace(std::vector<std::string>{"--synthetic", "5", "--auto-consent"})) {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  std::string deliver(const std::string& subject, const std::string& address = "a@gmail.test") const {
    const std::string raw = "From: Ada <ada@example.org>\r\nSubject: " + subject + "\r\nMessage-ID: <" + subject +
                            "@example.org>\r\n\r\nText.\r\n";
    return sandbox.post("/_sandbox/mailbox/" + address + "/deliver", {{"raw", raw}})["id"];
  }
};

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The lease of the first account, held by a program as long as this lives.
Start while_held(const Home& home, std::vector<std::string> words) {
  Start start = home.start(std::move(words));
  start.argv.insert(start.argv.begin(), {"/usr/bin/flock", home.path() + "/data/locks/sync-1"});
  return start;
}

}  // namespace

TEST_CASE("--skip-busy makes overlap no failure, --wait waits for the other run") {
  const Synced world;
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  CHECK(run(while_held(world.home, {"sync", "a@gmail.test"})).exit_code == 9);
  const Ended skipped = run(while_held(world.home, {"sync", "a@gmail.test", "--skip-busy"}));
  CHECK(skipped.exit_code == 0);
  CHECK(skipped.err.empty());
  CHECK(run(while_held(world.home, {"sync", "a@gmail.test", "--wait", "1s"})).exit_code == 9);
  Background holder(
      {{"/usr/bin/flock", "-o", world.home.path() + "/data/locks/sync-1", "/bin/sh", "-c", "echo held; exec sleep 3"},
       {{"PATH", "/usr/bin:/bin"}},
       {},
       {}});
  REQUIRE(!holder.wait_for_line("held").empty());
  Background waiting(world.home.start({"sync", "a@gmail.test", "--wait", "1m"}));
  holder.signal(SIGTERM);
  holder.wait();
  CHECK(waiting.wait().exit_code == 0);
}

TEST_CASE("--tolerate: trouble that passes is no failure while the last good sync is young") {
  Synced world;
  REQUIRE(world.home.run({"sync", "a@gmail.test"}).exit_code == 0);
  world.running.reset();
  const Ended tolerated = world.home.run({"sync", "a@gmail.test", "--tolerate", "1h"});
  CHECK(tolerated.exit_code == 0);
  CHECK(tolerated.err.empty());
  CHECK(world.home.run({"sync", "a@gmail.test", "--tolerate", "0s"}).exit_code == 8);
  CHECK(world.home.run({"sync", "b@outlook.test", "--tolerate", "1h"}).exit_code == 8);  // there was no good sync yet
}

TEST_CASE("a dead login is said once a day, its exit code every time, and notify_command runs when that changes") {
  Synced world;
  const std::string notes = world.home.folder().path() + "/notes";
  std::filesystem::create_directories(world.home.path() + "/config");
  const std::string config = world.home.path() + "/config/config.toml";
  std::ofstream(config) << "notify_command = [\"/bin/sh\", \"-c\", \"cat >> " << notes << "\"]\n";
  std::filesystem::permissions(config, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const Ended synced = world.home.run({"sync"});
  REQUIRE_MESSAGE(synced.exit_code == 0, synced.err);
  CHECK_FALSE(std::filesystem::exists(notes));
  world.sandbox.post("/_sandbox/expire", {{"email", "a@gmail.test"}, {"refresh_tokens", true}});
  world.home.expire_access_tokens();
  const Ended first = world.home.run({"sync"});
  CHECK(first.exit_code == 4);
  CHECK(first.err.find("hint: mailmgr login --account a@gmail.test") != std::string::npos);
  for (int again = 0; again < 3; ++again) {
    const Ended quiet = world.home.run({"sync"});
    CHECK(quiet.exit_code == 4);
    CHECK_MESSAGE(quiet.err.empty(), quiet.err);
  }
  CHECK(json_lines(text_of(notes)).size() == 1);
  const auto news = json_lines(text_of(notes)).at(0);
  CHECK(news["account"] == "a@gmail.test");
  CHECK(news["needs_person"] == true);
  CHECK(news["error"]["code"] == "auth_required");
  REQUIRE(world.home.run({"login", "--account", "a@gmail.test", "--browser", "/usr/bin/curl -sSL -o /dev/null"})
              .exit_code == 0);
  CHECK(world.home.run({"sync"}).exit_code == 0);
  REQUIRE(json_lines(text_of(notes)).size() == 2);
  CHECK(json_lines(text_of(notes)).at(1)["needs_person"] == false);
}

TEST_CASE("--on-new gives the ids of new mail to a command, and again until it has ended well") {
  const Synced world;
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  const std::string seen = world.home.folder().path() + "/seen";
  const auto sync = [&](const std::string& script) {
    return world.home.run({"sync", "--on-new", "/bin/sh", "-c", script, "--", "-x"});
  };
  CHECK(sync("cat >> " + seen).exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(seen));  // nothing was new, so it did not run
  world.deliver("one");
  world.deliver("two", "b@outlook.test");
  const Ended failed = sync("exit 3");
  CHECK(failed.exit_code == 7);
  CHECK(failed.err.find("it ended with code 3") != std::string::npos);
  CHECK(sync("cat >> " + seen).exit_code == 0);
  CHECK(text_of(seen) == "11\n12\n");
  CHECK(sync("cat >> " + seen).exit_code == 0);
  CHECK(text_of(seen) == "11\n12\n");
}

TEST_CASE("the command that --on-new names is not ended by --max-time") {
  const Synced world;
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  const std::string seen = world.home.folder().path() + "/seen";
  world.deliver("one");
  world.sandbox.post("/_sandbox/faults", {{"match", {{"path", "v1.0"}}}, {"action", "hold"}});
  const auto ended = world.home.run({"sync", "--max-time", "2s", "--on-new", "/bin/sh", "-c", "cat > " + seen});
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  CHECK(text_of(seen) == "11\n");
}

TEST_CASE("changes tells each consumer what is new since its last call") {
  const Synced world;
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  CHECK(world.home.json({"changes", "--consumer", "one"}).size() == 10);
  CHECK(world.home.json({"changes", "--consumer", "one"}).empty());
  const auto id = world.deliver("fresh");
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  world.sandbox.post("/_sandbox/mailbox/a@gmail.test/delete", {{"id", id}});
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  const auto events = world.home.json({"changes", "--consumer", "one"});
  REQUIRE(events.size() == 2);
  CHECK(events[0]["event"] == "new");
  CHECK(events[0]["account"] == "a@gmail.test");
  CHECK(events[1]["event"] == "deleted");
  CHECK(events[1]["id"] == events[0]["id"]);
  CHECK(world.home.json({"changes", "--after", std::to_string(events[0]["seq"].get<int>())}).size() == 1);
  CHECK(world.home.json({"changes"}).size() == 12);
  CHECK(world.home.run({"changes", "--consumer", "one", "--after", "1"}).exit_code == 2);
  for (const auto& wrong : {std::pair{"--consumer", ""}, {"--consumer", " one"}, {"--after", "x"}, {"--after", "-1"}}) {
    CHECK(world.home.run({"changes", wrong.first, wrong.second}).exit_code == 2);
  }
}

TEST_CASE("the log names every run, and of failed ones what failed and why") {
  Synced world;
  REQUIRE(world.home.run({"sync", "a@gmail.test"}).exit_code == 0);
  world.running.reset();
  CHECK(world.home.run({"sync", "a@gmail.test"}).exit_code == 8);
  const auto runs = world.home.json({"log"});
  REQUIRE(runs.size() == 2);
  CHECK(runs[0]["new"] == 5);
  CHECK(runs[0]["complete"] == true);
  const auto failed = world.home.json({"log", "--failed"});
  REQUIRE(failed.size() == 1);
  CHECK(failed[0]["error"]["code"] == "try_later");
  CHECK(failed[0]["run"] == runs[1]["run"]);
  CHECK(world.home.json({"log", "--run", "1"}).size() == 1);
  CHECK(world.home.run({"log", "--run", "99"}).exit_code == 5);
  CHECK(world.home.json({"log", "--since", "2099-01-01"}).empty());
  CHECK(world.home.run({"log"}).out.find("\tcomplete\n") != std::string::npos);
}

TEST_CASE("verify proves a synced store equal, and what is lost is found and repaired") {
  const Synced world;
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  const auto proof = world.home.json({"verify"});
  REQUIRE(proof.size() == 2);
  for (const auto& account : proof) {
    CHECK(account["compared"] == 5);
    CHECK(account["differences"] == 0);
    CHECK(account["complete"] == true);
  }
  world.home.sql("mail", "UPDATE message SET flags = flags + 2 WHERE id = 2 AND flags & 2 = 0");
  world.home.sql("mail", "UPDATE message SET flags = flags - 2 WHERE id = 3 AND flags & 2");
  world.home.sql("mail", "DELETE FROM chunk WHERE id / 65536 = 1");
  const Ended differs = world.home.run({"verify", "--json"});
  CHECK(differs.exit_code == 7);
  CHECK(differs.err.find("mailmgr verify --repair") != std::string::npos);
  const Ended plain = world.home.run({"verify"});
  const bool named = plain.out.find("1\ta@gmail.test\tmissing\t") != std::string::npos ||
                     plain.out.find("1\tb@outlook.test\tmissing\t") != std::string::npos;
  CHECK_MESSAGE(named, plain.out);
  CHECK(world.home.run({"verify", "--repair"}).exit_code == 0);
  CHECK(world.home.run({"verify", "--deep"}).exit_code == 0);
}

TEST_CASE("--prometheus writes metrics that every user may read, and - prints them") {
  const Synced world;
  const std::string file = world.home.folder().path() + "/mail.prom";
  REQUIRE(world.home.run({"sync", "--prometheus", file}).exit_code == 0);
  CHECK(
      text_of(file).find("mailmgr_messages{account=\"a@gmail.test\",email=\"a@gmail.test\",provider=\"google\"} 5\n") !=
      std::string::npos);
  struct stat status {};
  REQUIRE(stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
  const Ended printed = world.home.run({"status", "--prometheus", "-"});
  CHECK(printed.exit_code == 0);
  CHECK(printed.out.starts_with("# HELP mailmgr_state "));
  const Ended refused = world.home.run({"status", "--prometheus", world.home.folder().path() + "/no/such/folder/x"});
  CHECK(refused.exit_code == 10);
}

TEST_CASE("a dry run says what would happen and does nothing") {
  const Synced world;
  const auto before = world.home.json({"sync", "--dry-run"});
  REQUIRE(before.size() == 2);
  CHECK(before[0]["dry_run"] == true);
  CHECK(before[0]["remaining"] == 5);
  CHECK(world.home.json({"list"}).empty());
  CHECK(world.home.run({"sync", "--dry-run", "--watch"}).exit_code == 2);
}

TEST_CASE("sync --watch brings what arrives when SIGHUP asks for it, and ends by SIGTERM") {
  const Synced world;
  Background watch(world.home.start({"sync", "--watch=1h", "--json"}));
  CHECK(!watch.wait_for_line("a@gmail.test").empty());
  CHECK(!watch.wait_for_line("b@outlook.test").empty());
  world.deliver("later");
  watch.signal(SIGHUP);
  CHECK(watch.wait_for_line("\"new\":1,").find("a@gmail.test") != std::string::npos);
  watch.signal(SIGTERM);
  CHECK(watch.wait().exit_code == 143);
  CHECK(world.home.json({"search", "later"}).size() == 1);
}

TEST_CASE("several accounts are synced side by side, each with its own line") {
  const Synced world;
  for (const std::string jobs : {"1", "2", "8"}) {
    CAPTURE(jobs);
    const auto lines = world.home.json({"sync", "--jobs", jobs});
    REQUIRE(lines.size() == 2);
    CHECK(lines[0]["account"] != lines[1]["account"]);
    for (const auto& line : lines) CHECK(line["complete"] == true);
  }
  CHECK(world.home.run({"sync", "--jobs", "0"}).exit_code == 2);
  world.sandbox.post("/_sandbox/faults",
                     {{"match", {{"user", "a@gmail.test"}}}, {"action", {{"error", "accessNotConfigured"}}}});
  world.deliver("zanzibar", "b@outlook.test");
  CHECK(world.home.run({"sync"}).exit_code == 6);
  CHECK(world.home.json({"search", "zanzibar"}).size() == 1);  // the other account was synced all the same
}
