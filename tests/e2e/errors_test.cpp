// Bad input and bad luck: a clear error, the right exit code, and nothing lost.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

const std::string kFollow = "/usr/bin/curl -sSL -o /dev/null";

void check_error(const Ended& ended, int exit_code, const std::string& name, const std::string& says) {
  CHECK(ended.exit_code == exit_code);
  const auto lines = json_lines(
      ended.err.substr(ended.err.rfind("{\"error\"") == std::string::npos ? 0 : ended.err.rfind("{\"error\"")));
  REQUIRE(!lines.empty());
  const Json& error = lines.back()["error"];
  CHECK(error["code"] == name);
  CHECK_MESSAGE(error["message"].get<std::string>().find(says) != std::string::npos, error.dump());
}

}  // namespace

TEST_CASE("a provider nobody knows is not found, a known one that is not set is a matter of configuration") {
  const Home home;
  check_error(home.run({"login", "yahoo", "--json"}), 5, "not_found", "yahoo");
  check_error(home.run({"login", "google", "--json"}), 3, "config", "google");
  check_error(home.run({"provider", "show", "microsoft", "--json"}), 3, "config", "microsoft");
}

TEST_CASE("a provider without a client id is refused before anything is stored") {
  const Home home;
  check_error(home.run({"provider", "set", "google", "--json"}), 2, "usage", "client");
  CHECK(home.json({"provider", "list"}).empty());
}

TEST_CASE("wrong flags and arguments are exit 2, whatever the command") {
  const Home home;
  CHECK(home.run({"frobnicate"}).exit_code == 2);
  CHECK(home.run({"list", "--frobnicate"}).exit_code == 2);
  CHECK(home.run({"search"}).exit_code == 2);
  CHECK(home.run({"search", "foo:bar"}).exit_code == 2);
  CHECK(home.run({"show", "abc"}).exit_code == 2);
  CHECK(home.run({"show", "1"}).exit_code == 5);
  CHECK(home.run({"provider"}).exit_code == 2);
  CHECK(home.run({"list", "--fields", "nonsense"}).exit_code == 2);
  CHECK(home.run({"send", "--to", "not an address", "--body", "x"}).exit_code == 2);
  CHECK(home.run({"send", "--body", "x"}).exit_code == 2);
  CHECK(home.run({"sync"}).exit_code == 5);
}

TEST_CASE("a value that is empty is refused, since it is a variable that was never set") {
  const Home home;
  for (const auto& words : std::vector<std::vector<std::string>>{{"sync", "--max-time", ""},
                                                                 {"sync", "--tolerate", ""},
                                                                 {"sync", "--wait", ""},
                                                                 {"sync", "--prometheus", ""},
                                                                 {"status", "--max-lag", ""},
                                                                 {"status", "--expires-within", ""},
                                                                 {"status", "--prometheus", ""},
                                                                 {"log", "--since", ""},
                                                                 {"log", "--run", ""},
                                                                 {"log", "--run", "0"},
                                                                 {"list", ""},
                                                                 {"list", "--limit", ""}}) {
    CHECK(home.run(words).exit_code == 2);
  }
}

TEST_CASE("a default that is misspelt is an error that names the file, and --config takes the place of config.toml") {
  const Home home;
  REQUIRE(home.run({"provider", "list"}).exit_code == 0);  // makes the folders
  const std::string own = home.path() + "/config/config.toml", other = home.path() + "/other.toml";
  const auto write = [](const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
    REQUIRE(chmod(path.c_str(), 0600) == 0);
  };
  write(other, "json=true\n");
  CHECK(home.run({"--config", other, "provider", "guide", "google", "--fail-empty"}).exit_code == 0);
  CHECK(home.run({"--config", other + "x", "provider", "list"}).exit_code == 2);
  for (const auto& text : {"jsno=true\n", "[sync]\nmax-tme=\"4m\"\n", "[snyc]\nmax-time=\"4m\"\n"}) {
    CAPTURE(text);
    write(own, text);
    const Ended ended = home.run({"provider", "list"});
    CHECK(ended.exit_code == 3);
    CHECK(ended.err.find(own) != std::string::npos);
  }
  write(own, "[sync]\nmax-time=\"4m\"\n");
  CHECK(home.run({"provider", "list"}).exit_code == 0);
}

TEST_CASE("output that cannot be written is exit 10, and a reader that has seen enough is none") {
  const Sandbox sandbox({"--auto-consent", "--synthetic", "3"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  const auto in_shell = [&](const std::string& script, std::vector<std::string> words) {
    Start start = home.start(std::move(words));
    start.argv.insert(start.argv.begin(), {"/bin/sh", "-c", script, "sh"});
    return run(start);
  };
  CHECK(in_shell("exec \"$@\" >/dev/full", {"provider", "list"}).exit_code == 10);
  const Ended lost = in_shell("exec \"$@\" >/dev/full", {"sync", "--json"});
  CHECK(lost.exit_code == 10);
  CHECK(lost.err.find("could not be written") != std::string::npos);
  CHECK(in_shell("{ \"$@\"; echo $? >&2; } | :", {"log"}).err == "0\n");
  CHECK(in_shell("exec \"$@\" >&-", {"provider", "list"}).exit_code == 0);
  CHECK(home.run({"provider", "list"}).exit_code == 0);
}

TEST_CASE("a wrong client secret names the setting, and no account appears") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  REQUIRE(home.run({"provider", "set", "google", "--client-secret-file", "-"}, "wrong").exit_code == 0);
  check_error(home.run({"login", "google", "--browser", kFollow, "--json"}), 3, "config", "secret");
  CHECK(home.json({"account", "list"}).empty());
}

TEST_CASE("attack 11: declining in the browser is exit 6 and leaves everything as it was") {
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  const std::string browser = clicking_browser("cancel");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    check_error(home.run({"login", provider.name, "--browser", browser, "--json"}), 6, "refused", "declined");
  }
  CHECK(home.json({"account", "list"}).empty());
}

TEST_CASE("a browser that never comes back ends with the timeout") {
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  check_error(home.run({"login", "google", "--browser", "/bin/true", "--timeout", "1s", "--json"}), 4, "auth_required",
              "browser");
}

TEST_CASE("attacks 1, 2, 12: a request with a wrong state does not end the login") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  // The browser first makes the kind of requests that strangers make, then logs in.
  const std::string browser = home.folder().write(
      "browser",
      "#!/bin/bash\n"
      "target=$(printf '%s' \"$1\" | grep -oE 'redirect_uri=[^&]+' | sed 's/redirect_uri=//;s/%3A/:/g;s/%2F/\\//g')\n"
      "curl -sS -o /dev/null \"$target?state=wrong&code=stolen\"\n"
      "curl -sS -o /dev/null \"$target?code=stolen\"\n"
      "curl -sS -o /dev/null \"${target%/*}/favicon.ico\"\n"
      "curl -sSL -o /dev/null \"$1\"\n");
  std::filesystem::permissions(browser, std::filesystem::perms::owner_all);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Ended login = home.run({"login", provider.name, "--browser", browser, "--json"});
    CHECK_MESSAGE(login.exit_code == 0, login.err);
  }
}

TEST_CASE("the redirect URL can be pasted when the browser is elsewhere") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  // The person's browser follows the login to an address it cannot reach, and shows it.
  const std::string script = home.folder().write(
      "elsewhere",
      "#!/bin/bash\n"
      "exec 3< <(\"$1\" login google --no-browser --json 2>&1 >/dev/null < \"$2\" & wait $!; echo ended $?)\n"
      "exec 4> \"$2\"\n"
      "while read -r -u 3 line; do\n"
      "  case $line in *http*authorize*|*http*auth*state=*) url=$line; break ;; esac\n"
      "done\n"
      "location=$(curl -sS -o /dev/null -w '%{redirect_url}' \"$url\")\n"
      "printf '%s\\n' \"$location\" >&4\n"
      "while read -r -u 3 line; do last=$line; done\n"
      "[[ $last == *'ended 0' ]]\n");
  const std::string fifo = home.folder().path() + "/paste";
  Start mkfifo{{"/usr/bin/mkfifo", fifo}, {{"PATH", "/usr/bin:/bin"}}, {}, {}};
  REQUIRE(run(mkfifo).exit_code == 0);
  Start start = home.start({});
  start.argv = {"/bin/bash", script, program("mailmgr"), fifo};
  const Ended ended = run(start);
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  CHECK(home.json({"account", "list"}).size() == 1);
}

TEST_CASE("a port that is taken is said before the browser opens") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  const std::string port = sandbox.url().substr(sandbox.url().rfind(':') + 1);
  check_error(home.run({"login", "google", "--port", port, "--browser", kFollow, "--json"}), 3, "config", port);
}

TEST_CASE("attack 21: a token endpoint that answers a web page is trouble that passes, and the page is not printed") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  sandbox.post("/_sandbox/faults", {{"match", {{"path", "token"}}}, {"action", "html"}});
  const Ended login = home.run({"login", "google", "--browser", kFollow, "--json"});
  CHECK(login.exit_code == 8);
  CHECK(login.err.find("<html") == std::string::npos);
  CHECK(home.json({"account", "list"}).empty());
}

TEST_CASE("a network that is down is exit 8, names no login, and keeps what is stored") {
  const Home home;
  {
    const Sandbox sandbox({"--synthetic", "5", "--auto-consent"});
    home.set_providers(sandbox);
    home.log_in("google");
    REQUIRE(home.run({"sync"}).exit_code == 0);
  }
  const Ended sync = home.run({"sync", "--json"});
  CHECK(sync.exit_code == 8);
  CHECK(sync.err.find("mailmgr login") == std::string::npos);
  CHECK(home.json({"search", "in:anywhere"}).size() == 5);
}

TEST_CASE("a server that knows none of the API's paths is the setup's fault, not something that was named") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    home.log_in(provider.name);
    sandbox.post("/_sandbox/faults", {{"match", {{"path", "gmail/v1|v1.0"}}}, {"action", {{"status", 404}}}});
    for (const char* command : {"sync", "verify"}) {
      CAPTURE(command);
      const Ended ended = home.run({command, provider.address, "--json"});
      check_error(ended, 6, "refused", "404");
      CHECK_MESSAGE(ended.err.find("--base-url") != std::string::npos, ended.err);
    }
    sandbox.remove_faults();
  }
}

TEST_CASE("a run that is not in the log is not found, and only a filter makes it one of some kind") {
  const Home home;
  const Ended plain = home.run({"log", "--run", "77"});
  CHECK(plain.exit_code == 5);
  CHECK(plain.err.find("there is no run 77\n") != std::string::npos);
  CHECK(home.run({"log", "--run", "77", "--failed"}).err.find("there is no run 77 of that kind") != std::string::npos);
}

TEST_CASE("a full disk is exit 10, and the sync goes on once there is room") {
  const Sandbox sandbox({"--synthetic", "60", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  // No file may grow beyond 300 KiB in this shell: writing fails as on a full disk.
  Start start = home.start({});
  start.argv = {"/bin/bash", "-c", "ulimit -f 300; trap '' XFSZ; exec \"$0\" sync --json", program("mailmgr")};
  const Ended full = run(start);
  CHECK(full.exit_code == 10);
  CHECK_MESSAGE(full.err.find("\"store\"") != std::string::npos, full.err);
  const Json report = home.json({"sync"})[0];
  CHECK(report["complete"] == true);
  CHECK(home.json({"search", "in:anywhere"}).size() == 60);
}

TEST_CASE("a store written by a newer mailmgr is refused and left alone") {
  const Home home;
  REQUIRE(home.run({"account", "list"}).exit_code == 0);
  const std::string database = home.path() + "/data/tokens.db";
  Start bump{{"/usr/bin/sqlite3", database, "PRAGMA user_version = 9999"}, {{"PATH", "/usr/bin:/bin"}}, {}, {}};
  REQUIRE(run(bump).exit_code == 0);
  check_error(home.run({"account", "list", "--json"}), 3, "config", "newer");
}

TEST_CASE("secrets appear nowhere they do not belong") {
  const Sandbox sandbox({"--synthetic", "3", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  REQUIRE(home.run({"sync", "-vv"}).exit_code == 0);
  const std::string token = home.run({"token"}).out;
  REQUIRE(token.size() > 10);
  for (const auto& secret : {std::string("sandbox-google-secret"), token.substr(0, token.size() - 1)}) {
    Start grep{{"/usr/bin/grep", "-rlaF", secret, home.path()}, {{"PATH", "/usr/bin:/bin"}}, {}, {}};
    CHECK(run(grep).out.empty());
  }
  for (const auto& words :
       {std::vector<std::string>{"provider", "show", "google"}, {"account", "show"}, {"sync", "-vv"}}) {
    const Ended ended = home.run(words);
    CHECK((ended.out + ended.err).find("sandbox-google-secret") == std::string::npos);
  }
}
