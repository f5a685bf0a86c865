// `mailmgr key` with the real program: where the key comes from, changing it while others work, and losing it.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Json error_of(const Ended& ended) {
  const auto at = ended.err.rfind("{\"error\"");
  REQUIRE_MESSAGE(at != std::string::npos, ended.err);
  return json_lines(ended.err.substr(at)).back()["error"];
}

bool contains(const Json& text, const std::string& part) {
  return text.get<std::string>().find(part) != std::string::npos;
}

// A home with a login at both providers.
struct LoggedIn {
  Sandbox sandbox{{"--auto-consent"}};
  Home home;

  LoggedIn() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  std::string key_file() const { return home.path() + "/config/key"; }
  Json status() const { return home.json({"key", "status"}).at(0); }

  void check_tokens() const {
    for (const auto& provider : provider_cases()) {
      const Ended token = home.run({"token", provider.address});
      CHECK_MESSAGE(token.exit_code == 0, token.err);
    }
  }
};

}  // namespace

TEST_CASE("the key goes to a command and back, and every login goes on working") {
  const LoggedIn world;
  const Json before = world.status();
  CHECK(before["source"] == "file");
  CHECK(before["place"] == world.key_file());
  CHECK(before["state"] == "ok");
  CHECK(before["sealed"] == 5);  // a client secret, and two tokens of each login
  CHECK(before["unreadable"] == 0);

  // The words after `command` are the program's, whatever they look like.
  const std::string store = world.home.folder().write("show", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
  const std::vector<std::string> set_source{"key", "set-source", "--remove-old", "command", "cat", "--", store};
  const Ended moved = world.home.run(set_source);
  REQUIRE_MESSAGE(moved.exit_code == 0, moved.err);
  CHECK(moved.out + moved.err == "");
  CHECK_FALSE(std::filesystem::exists(world.key_file()));
  const Json now = world.status();
  CHECK(now["source"] == "command");
  CHECK(now["place"] == "cat -- " + store);
  CHECK(now["data_key"] == before["data_key"]);
  CHECK(now["sealed"] == 5);
  world.check_tokens();

  const Json rotated = world.home.json({"key", "rotate"}).at(0);
  CHECK(rotated["key_replaced"] == false);
  CHECK(rotated["resealed"] == 5);
  CHECK(world.status()["data_key"] != before["data_key"]);

  const Json back = world.home.json({"key", "set-source", "file"}).at(0);
  CHECK(back["ok"] == true);
  CHECK(back["place"] == world.key_file());
  CHECK(world.status()["source"] == "file");
  CHECK(std::filesystem::exists(store));
  world.check_tokens();
}

TEST_CASE("the old key is not removed where the new source may read it from there") {
  const LoggedIn world;
  const Ended moved = world.home.run({"key", "set-source", "--remove-old", "command", "cat", world.key_file()});
  CHECK(moved.exit_code == 6);
  CHECK(std::filesystem::exists(world.key_file()));
  CHECK(world.status()["source"] == "command");
  world.check_tokens();
}

TEST_CASE("a passphrase from a command opens the store as long as it stays the same") {
  const LoggedIn world;
  const std::string phrase = world.home.folder().write("phrase", "correct horse battery staple\n");
  REQUIRE(world.home.run({"key", "set-source", "command", "cat", phrase}).exit_code == 0);
  world.check_tokens();
  CHECK(content_of(world.home.path() + "/config/key.json").find("horse") == std::string::npos);
  world.home.folder().write("phrase", "correct horse battery stable\n");
  const Ended wrong = world.home.run({"token", "a@gmail.test", "--json"});
  CHECK(wrong.exit_code == 3);
  CHECK(contains(error_of(wrong)["message"], "not the one"));
}

TEST_CASE("a source that does not work is refused, and the one before stays") {
  const LoggedIn world;
  const std::vector<std::vector<std::string>> bad{
      {"command", "false"}, {"command", "/no/such/program"}, {"command", "echo", "too short"}, {"credential"}};
  for (const auto& words : bad) {
    CAPTURE(words.back());
    std::vector<std::string> line{"key", "--json", "set-source"};
    line.insert(line.end(), words.begin(), words.end());
    CHECK(world.home.run(line).exit_code == 3);
  }
  CHECK(world.home.run({"key", "set-source", "command"}).exit_code == 2);
  CHECK(world.home.run({"key", "set-source", "credential", "words"}).exit_code == 2);
  CHECK(world.home.run({"key", "set-source", "elsewhere"}).exit_code == 2);
  CHECK(world.home.run({"key", "set-source", "file", world.home.path() + "/data/key"}).exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(world.home.path() + "/config/key.json"));
  CHECK(world.status()["source"] == "file");
  world.check_tokens();
}

TEST_CASE("attack 50: with a wrong key nothing opens, nothing is overwritten, and the way back is said") {
  const LoggedIn world;
  const std::string right = content_of(world.key_file());
  std::ofstream(world.key_file()) << "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";
  const Ended status = world.home.run({"key", "status", "--json"});
  CHECK(status.exit_code == 3);
  CHECK(json_lines(status.out).at(0)["state"] == "unusable");
  CHECK(contains(error_of(status)["hint"], "mailmgr key destroy"));
  for (const auto& words : {std::vector<std::string>{"token", "a@gmail.test"},
                            {"sync"},
                            {"key", "rotate"},
                            {"provider", "set", "google", "--client-secret-file", "-"}}) {
    CAPTURE(words.front());
    const Ended refused = world.home.run(words, "new-secret\n");
    CHECK(refused.exit_code == 3);
    CHECK(refused.err.find("not the one") != std::string::npos);
  }
  std::ofstream(world.key_file()) << right;
  CHECK(world.status()["sealed"] == 5);
  world.check_tokens();
}

TEST_CASE("where cron does not find the key, it says which one, where it looked and what to set") {
  const LoggedIn world;
  Home cron;  // another HOME: no configuration there, but the same store
  const std::string config = world.home.path() + "/config";
  std::filesystem::rename(config, config + ".elsewhere");
  // As `env -i` leaves it: not even HOME.
  cron.environment() = {{"MAILMGR_HOME", world.home.path()}};
  const Ended sync = cron.run({"sync"});
  CHECK(sync.exit_code == 3);
  CHECK(sync.out.empty());
  CHECK(sync.err.find("reading the key from its file: " + world.key_file()) != std::string::npos);
  CHECK(sync.err.find("MAILMGR_HOME=DIR on a line of its own") != std::string::npos);
  CHECK(sync.err.find("Environment=MAILMGR_HOME=DIR") != std::string::npos);
}

TEST_CASE("a systemd unit's credential is the key where no key file is") {
  const LoggedIn world;
  const std::string credentials = world.home.folder().path() + "/credentials";
  std::filesystem::create_directory(credentials);
  std::filesystem::rename(world.key_file(), credentials + "/mailmgr.key");
  std::filesystem::permissions(credentials + "/mailmgr.key", std::filesystem::perms::owner_read);

  Home unit;
  unit.environment()["MAILMGR_HOME"] = world.home.path();
  unit.environment()["CREDENTIALS_DIRECTORY"] = credentials;
  CHECK(unit.json({"key", "status"}).at(0)["source"] == "credential");
  CHECK(unit.run({"token", "a@gmail.test"}).exit_code == 0);

  // Chosen once, it is the only source: outside the unit nothing else is tried.
  REQUIRE(unit.run({"key", "set-source", "credential"}).exit_code == 0);
  const Ended outside = world.home.run({"token", "a@gmail.test", "--json"});
  CHECK(outside.exit_code == 3);
  CHECK(contains(error_of(outside)["message"], "CREDENTIALS_DIRECTORY is not set"));
  CHECK(contains(error_of(outside)["hint"], "LoadCredentialEncrypted=mailmgr.key"));
}

TEST_CASE("there is no falling back: a configured command that fails is not replaced by the key file beside it") {
  const LoggedIn world;
  const std::string script = world.home.folder().write("key", content_of(world.key_file()));
  REQUIRE(world.home.run({"key", "set-source", "command", "cat", script}).exit_code == 0);
  REQUIRE(std::filesystem::exists(world.key_file()));
  std::filesystem::remove(script);
  const Ended token = world.home.run({"token", "a@gmail.test"});
  CHECK(token.exit_code == 3);
  CHECK(token.err.find("reading the key from the command: cat " + script) != std::string::npos);
}

TEST_CASE("attacks 46, 47: settings that others could have written choose no command") {
  const LoggedIn world;
  const std::string settings = world.home.path() + "/config/key.json";
  const std::string witness = world.home.folder().path() + "/witness";
  std::ofstream(settings) << R"({"source":"command","command":["touch",")" << witness << "\"]}";
  for (const auto mode : {0644, 0620, 0606}) {
    std::filesystem::permissions(settings, static_cast<std::filesystem::perms>(mode));
    const Ended token = world.home.run({"token", "a@gmail.test"});
    CHECK(token.exit_code == 3);
    CHECK(token.err.find("hint: chmod 600 " + settings) != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(witness));
  std::filesystem::permissions(settings, static_cast<std::filesystem::perms>(0600));
  for (const char* text : {"", "{}", "[]", "{\"source\":\"registry\"}", "{\"source\":\"command\"}",
                           "{\"source\":\"file\",\"file\":7}", "{\"source\":\"file\",\"file\":\"relative\"}"}) {
    CAPTURE(text);
    std::ofstream(settings) << text;
    const Ended token = world.home.run({"token", "a@gmail.test"});
    CHECK(token.exit_code == 3);
    CHECK(token.err.find("cannot be understood") != std::string::npos);
  }
}

TEST_CASE("the keys are rotated again and again while many processes use tokens") {
  const LoggedIn world;
  const std::string script = world.home.folder().write(
      "busy",
      "#!/bin/bash\n"
      "work() { for i in {1..8}; do \"$1\" token \"$2\" >/dev/null || return 1; done; }\n"
      "set() { for i in {1..4}; do echo \"sandbox-google-secret\" | \"$1\" provider set google --client-secret-file - "
      "|| return 1; done; }\n"
      "jobs=()\n"
      "for account in a@gmail.test b@outlook.test a@gmail.test; do work \"$1\" $account & jobs+=($!); done\n"
      "set \"$1\" & jobs+=($!)\n"
      "for i in {1..5}; do \"$1\" key rotate || exit 2; done\n"
      "for job in ${jobs[@]}; do wait $job || exit 3; done\n");
  Start start = world.home.start({});
  start.argv = {"/bin/bash", script, program("mailmgr")};
  const Ended ended = run(start);
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  CHECK(world.status()["sealed"] == 5);
  CHECK(world.status()["unreadable"] == 0);
  world.check_tokens();
}

TEST_CASE("destroying asks, leaves the mail, and a new login starts anew") {
  const LoggedIn world;
  CHECK(world.home.run({"key", "destroy"}).exit_code == 2);
  CHECK(world.home.run({"key", "destroy", "--dry-run"}).exit_code == 0);
  CHECK(world.status()["state"] == "ok");
  const std::string old_key = content_of(world.key_file());
  REQUIRE(world.home.run({"key", "destroy", "--yes"}).exit_code == 0);
  CHECK_FALSE(std::filesystem::exists(world.key_file()));
  CHECK(world.status()["state"] == "unused");
  const Ended token = world.home.run({"token", "b@outlook.test", "--json"});
  CHECK(token.exit_code == 4);
  CHECK(contains(error_of(token)["hint"], "mailmgr login --account b@outlook.test"));
  CHECK(world.home.json({"account", "list"}).size() == 2);

  world.home.set_providers(world.sandbox);
  const Ended login =
      world.home.run({"login", "--account", "b@outlook.test", "--browser", "/usr/bin/curl -sSL -o /dev/null"});
  CHECK_MESSAGE(login.exit_code == 0, login.err);
  CHECK(world.home.run({"token", "b@outlook.test"}).exit_code == 0);
  CHECK(content_of(world.key_file()) != old_key);
}

TEST_CASE("every key command is refused below --allow full") {
  const Home home;
  for (const char* level : {"send-only", "drafts-only", "read-only"}) {
    for (const auto& words : {std::vector<std::string>{"key", "status"},
                              {"key", "rotate"},
                              {"key", "destroy", "--yes"},
                              {"key", "set-source", "file"}}) {
      std::vector<std::string> line{"--allow", level};
      line.insert(line.end(), words.begin(), words.end());
      CHECK(home.run(line).exit_code == 6);
    }
  }
}
