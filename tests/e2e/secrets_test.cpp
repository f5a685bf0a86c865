// Where secrets are: sealed in tokens.db, in what `mailmgr token` prints, and nowhere else. Everything that passed a
// login (the sandbox keeps a list) is looked for in everything that can be read afterwards or meanwhile.
#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/base/encoding.h"
#include "tests/e2e/world.h"
#include "tests/support/secret_search.h"

using namespace mailmgr::test;

namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A world in which every secret is a canary of its own, and all that its commands print is kept.
class Watched {
 public:
  explicit Watched(const ProviderCase& provider) : provider_(provider), sandbox_(options()) {
    home_.environment()["TMPDIR"] = home_.folder().path() + "/tmp";
    fs::create_directory(home_.folder().path() + "/tmp");
    home_.folder().write("browser",
                         "#!/bin/sh\ncat /proc/self/environ /proc/self/cmdline > \"$0.seen\"\n"
                         "exec /usr/bin/curl -sSL -o /dev/null \"$1\"\n");
    fs::permissions(browser(), fs::perms::owner_all);
    const std::string id = provider.name == "google" ? "canary.apps.googleusercontent.test" : "canary-client";
    sandbox_.post("/_sandbox/clients",
                  {{"provider", provider.name}, {"client_id", id}, {"client_secret", client_secret_}});
    run({"provider", "set", provider.name, "--client-id", id, "--client-secret-file", "-", "--base-url", sandbox_.url(),
         "-vv"},
        client_secret_);
  }

  const Sandbox& sandbox() const { return sandbox_; }
  const Home& home() const { return home_; }
  std::string browser() const { return home_.folder().path() + "/browser"; }
  std::vector<std::string> login_words() const {
    return {"login", provider_.name, "--browser", browser() + " %s", "--json", "-vv"};
  }

  Ended run(std::vector<std::string> words, const std::string& input = {}) {
    return keep(words, mailmgr::test::run(home_.start(words, input)));
  }
  // Stops the command at a failpoint, looks at the living process and the files, and lets it end.
  Ended run_and_look(const std::vector<std::string>& words, const std::string& place) {
    Start start = home_.start(words);
    start.environment["MAILMGR_FAILPOINT"] = place + ":1:stop";
    Background process(start);
    REQUIRE(process.wait_for_stop());
    const std::string proc = "/proc/" + std::to_string(process.pid());
    printed_ += read_file(proc + "/cmdline") + read_file(proc + "/environ");
    const std::string limits = read_file(proc + "/limits");
    CHECK_MESSAGE(limits.find("Max core file size        0                    0") != std::string::npos, limits);
    CHECK(leaks() == "");
    process.signal(SIGCONT);
    return keep(words, process.wait());
  }
  void run_and_kill(const std::vector<std::string>& words, const std::string& place) {
    Start start = home_.start(words);
    start.environment["MAILMGR_FAILPOINT"] = place + ":1";
    CHECK(keep(words, mailmgr::test::run(start)).exit_code == 128 + SIGKILL);
    CHECK(leaks() == "");  // a log of the database that nobody has cleaned up
  }

  // Every secret that is where it must not be, one line each.
  std::string leaks() const {
    const SecretSearch search = searched();
    auto found = search.find(printed_, "output");
    const auto in_files = search.find_in_folder(home_.folder().path());
    found.insert(found.end(), in_files.begin(), in_files.end());
    // The key itself has one place.
    std::erase_if(found, [&](const std::string& line) {
      return line.starts_with("key") && line.ends_with(", in " + home_.path() + "/config/key");
    });
    std::string lines;
    for (const auto& line : found) lines += line + "\n";
    return lines;
  }

 private:
  static std::vector<std::string> options() {
    return {"--synthetic", "3", "--auto-consent", "--rotate-refresh-tokens"};
  }

  Ended keep(const std::vector<std::string>& words, Ended ended) {
    if (words.front() != "token") printed_ += ended.out;
    printed_ += ended.err;
    return ended;
  }

  SecretSearch searched() const {
    SecretSearch search;
    search.add("client_secret", client_secret_);
    const Json seen = sandbox_.get("/_sandbox/secrets");
    for (const auto& [name, values] : seen.items()) {
      for (const auto& value : values) search.add(name, value.get<std::string>());
    }
    const std::string key = read_file(home_.path() + "/config/key");
    if (const auto bytes = mailmgr::base64_decode(key); bytes && bytes->size() == 32) search.add("key", *bytes);
    return search;
  }

  ProviderCase provider_;
  std::string client_secret_ = "GOCSPX-canary_of_the_client~4f9a2c71";
  Sandbox sandbox_;
  Home home_;
  std::string printed_;
};

}  // namespace

TEST_CASE("attack 52: no secret that passed a login is in any output, file, process list or database log") {
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    Watched world(provider);
    REQUIRE(world.run(world.login_words()).exit_code == 0);
    CHECK(world.run({"sync", "-vv"}).exit_code == 0);
    world.home().expire_access_tokens();
    CHECK(world.run({"sync", "--json", "-vv"}).exit_code == 0);
    world.sandbox().post("/_sandbox/expire", {{"tokens", true}});  // the API refuses the token: another refresh
    CHECK(world.run({"sync", "--full", "-vv"}).exit_code == 0);
    CHECK(world.run({"token", "-vv"}).exit_code == 0);
    CHECK(world.run({"send", "--to", "x@example.org", "--subject", "s", "--body", "b", "-vv"}).exit_code == 0);
    for (const auto& words : {std::vector<std::string>{"provider", "show", provider.name, "--json", "-vv"},
                              {"provider", "list", "--json"},
                              {"account", "list", "--json", "-vv"},
                              {"account", "show", provider.address, "-vv"},
                              {"list", "-vv"}}) {
      CHECK(world.run(words).exit_code == 0);
    }
    const Json seen = world.sandbox().get("/_sandbox/secrets");
    for (const char* name : {"code", "code_verifier", "access_token", "refresh_token", "client_secret"}) {
      CHECK_MESSAGE(!seen[name].empty(), name);
    }
    CHECK(seen["refresh_token"].size() > 2);  // they rotated
    CHECK(world.leaks() == "");

    // The search would have found one.
    const std::string token = seen["access_token"].back();
    const std::string planted = world.home().folder().write("home/state/log", "x" + mailmgr::base64("a" + token));
    CHECK(world.leaks() == "access_token, base64, in " + planted + "\n");
  }
}

TEST_CASE("attack 52: a server that repeats secrets in its errors gets none of them printed or stored") {
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    Watched world(provider);
    REQUIRE(world.run(world.login_words()).exit_code == 0);
    const std::vector<std::pair<std::string, int>> answers{{"token", 400}, {"token", 401}, {"gmail|v1.0", 403}};
    for (const auto& [path, status] : answers) {
      CAPTURE(path);
      CAPTURE(status);
      if (path == "token") {
        world.home().expire_access_tokens();
      } else {
        REQUIRE(world.run({"token"}).exit_code == 0);
      }
      const Json seen = world.sandbox().get("/_sandbox/secrets");
      const auto last = [&](const char* name) { return " " + seen[name].back().get<std::string>(); };
      // All that the next request to this host holds.
      const std::string sent = path == "token" ? last("refresh_token") + last("client_secret") : last("access_token");
      const Json body = path == "token" ? Json{{"error", "invalid_request"}, {"error_description", "bad:" + sent}}
                                        : Json{{"error", {{"code", status}, {"message", "bad:" + sent}}}};
      world.sandbox().post("/_sandbox/faults",
                           {{"match", {{"path", path}}}, {"action", {{"status", status}, {"body", body}}}});
      CHECK(world.run({"sync", "--json", "-vv"}).exit_code != 0);
      CHECK(world.run({"account", "show", provider.address, "--json"}).exit_code == 0);
      world.sandbox().remove_faults();
      world.home().sql("tokens", "UPDATE grant_ SET state = 'active'");
    }
    CHECK(world.leaks() == "");
  }
}

TEST_CASE("attack 52: while a login or a refresh goes on, and after it was killed, no secret can be read outside it" *
          doctest::skip(kWithoutFailpoints)) {
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    Watched world(provider);
    world.run_and_kill(world.login_words(), "login.exchanged");
    world.run_and_kill(world.login_words(), "login.tokens_written");
    CHECK(world.run_and_look(world.login_words(), "login.exchanged").exit_code == 0);
    for (const char* place : {"http.before_send", "refresh.answered", "store.before_commit", "store.after_commit"}) {
      CAPTURE(place);
      world.home().expire_access_tokens();
      CHECK(world.run_and_look({"token"}, place).exit_code == 0);
      world.home().expire_access_tokens();
      world.run_and_kill({"token"}, place);
    }
  }
}
