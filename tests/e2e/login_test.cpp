// Logins through the real binary: how they end, what they leave behind, and what they ask.
#include <doctest/doctest.h>
#include <signal.h>

#include <filesystem>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

const std::string kFollow = "/usr/bin/curl -sSL -o /dev/null";

// A login whose person has not done anything yet.
struct Waiting {
  std::unique_ptr<Background> login;
  std::string url;

  Waiting(const Home& home, std::vector<std::string> words) {
    words.insert(words.begin(), "login");
    words.insert(words.end(), {"--browser", "/bin/true"});
    login = std::make_unique<Background>(home.start(std::move(words)));
    const std::string line = login->wait_for_error_line("redirect_uri=");
    REQUIRE_MESSAGE(!line.empty(), login->wait().err);
    url = line.substr(line.find("http"));
  }
  std::string port() const {
    const std::string marker = "redirect_uri=http%3A%2F%2F127.0.0.1%3A";
    const std::string rest = url.substr(url.find(marker) + marker.size());
    return rest.substr(0, rest.find('%'));
  }
};

Ended curl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"/usr/bin/curl", "-sS", "--max-time", "60"});
  return run({std::move(arguments), {{"PATH", "/usr/bin:/bin"}}, {}, {}});
}

}  // namespace

TEST_CASE("an interrupted login closes its port and leaves no account, with the signal's exit code") {
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    Waiting waiting(home, {"google"});
    const std::string here = "http://127.0.0.1:" + waiting.port() + "/";
    CHECK(curl({"-o", "/dev/null", here}).exit_code == 0);
    waiting.login->signal(signal);
    const Ended ended = waiting.login->wait();
    CHECK(ended.exit_code == code);
    CHECK(ended.err.find("stopped before it was finished") != std::string::npos);
    CHECK(curl({"-o", "/dev/null", here}).exit_code == 7);  // nobody listens
  }
  CHECK(home.json({"account", "list"}).empty());
}

TEST_CASE("a second login for the same mailbox is told that one is running, and the first goes on") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  Waiting first(home, {"google", "--login-hint", "a@gmail.test"});
  const Ended second = home.run({"login", "google", "--login-hint", "A@Gmail.test", "--browser", kFollow, "--json"});
  CHECK(second.exit_code == 9);
  CHECK(second.err.find("a login for A@Gmail.test is already running") != std::string::npos);
  CHECK(second.err.find(std::to_string(first.login->pid())) != std::string::npos);

  Waiting other(home, {"microsoft", "--login-hint", "b@outlook.test"});  // another mailbox has its own port and state
  CHECK(curl({"-L", "-o", "/dev/null", other.url}).exit_code == 0);
  CHECK(other.login->wait().exit_code == 0);
  CHECK(curl({"-L", "-o", "/dev/null", first.url}).exit_code == 0);
  CHECK(first.login->wait().exit_code == 0);
  CHECK(home.json({"account", "list"}).size() == 2);
}

TEST_CASE("attack 14: a redirect that comes twice is exchanged once") {
  const Sandbox sandbox({"--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  Waiting waiting(home, {"google"});
  const std::string redirect = curl({"-o", "/dev/null", "-w", "%{redirect_url}", waiting.url}).out;
  // Two connections at once, as a double click makes them.
  const Ended pages = curl({"--parallel", "--parallel-immediate", redirect, redirect});
  CHECK(pages.out.find("Code received") != std::string::npos);
  CHECK(waiting.login->wait().exit_code == 0);
  CHECK(home.json({"account", "list"}).size() == 1);
  const Json stats = sandbox.get("/_sandbox/stats");
  CHECK_MESSAGE(stats["tokens"]["access_tokens"] == 1, stats.dump());
}

TEST_CASE("a device login shows a page and a code, and ends when the person has entered it") {
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  Background login(home.start({"login", "microsoft", "--device", "--json"}));
  const std::string page = login.wait_for_error_line("devicelogin");
  REQUIRE_MESSAGE(!page.empty(), login.wait().err);
  const std::string code = login.wait_for_error_line("Code: ");
  const Ended entered =
      curl({"-o", "/dev/null", "-w", "%{http_code}", "--data-urlencode", "user_code=" + code.substr(code.find(':') + 2),
            "-d", "account=b@outlook.test", "-d", "decision=allow", page.substr(page.find("http"))});
  CHECK(entered.out == "200");
  const Ended ended = login.wait();
  CHECK_MESSAGE(ended.exit_code == 0, ended.err);
  CHECK(json_lines(ended.out).at(0)["email"] == "b@outlook.test");
  CHECK(home.run({"sync"}).exit_code == 0);
}

TEST_CASE("--device is refused for Google, and with what belongs to a browser") {
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  const Ended google = home.run({"login", "google", "--device"});
  CHECK(google.exit_code == 6);
  CHECK(google.err.find("Google gives no Gmail permissions to devices") != std::string::npos);
  CHECK(google.err.find("hint: mailmgr login google --no-browser") != std::string::npos);
  CHECK(home.run({"login", "microsoft", "--device", "--port", "8080"}).exit_code == 2);
  CHECK(home.run({"login", "microsoft", "--device", "--no-browser"}).exit_code == 2);
}

TEST_CASE("on a terminal a new mailbox is asked for its sync start, with an estimate, and only then") {
  const Sandbox sandbox({"--auto-consent", "--synthetic", "5"});
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Home home;
    home.set_providers(sandbox);
    const std::string words = "login " + provider.name + " --browser '" + kFollow + "'";
    const Ended first = home.on_terminal(words, "soon\n2026-01-31\n");
    CHECK_MESSAGE(first.exit_code == 0, first.out);
    CHECK_MESSAGE(first.out.find(provider.address + " holds 5 messages; a first sync takes a minute or less") !=
                      std::string::npos,
                  first.out);
    CHECK(home.json({"account", "show", provider.address}).at(0)["since"] == "2026-01-31T00:00:00Z");

    const Ended again = home.on_terminal(words, "2020-01-01\n");
    CHECK(again.exit_code == 0);
    CHECK(again.out.find("Sync mail received since") == std::string::npos);
  }
}

TEST_CASE("a sync start that was given, or a run that may not ask, is not asked for") {
  const Sandbox sandbox({"--auto-consent"});
  for (const std::string option : {"--since 2y", "--no-input", "--no-connect", "--access send-only"}) {
    CAPTURE(option);
    const Home home;
    home.set_providers(sandbox);
    const Ended login = home.on_terminal("login google " + option + " --browser '" + kFollow + "'", "");
    CHECK_MESSAGE(login.exit_code == 0, login.out);
    CHECK(login.out.find("Sync mail received since") == std::string::npos);
  }
  const Home home;
  home.set_providers(sandbox);
  const Ended empty = home.on_terminal("login google --browser '" + kFollow + "'", "\n");
  CHECK(empty.exit_code == 0);
  CHECK(empty.out.find("Sync mail received since") != std::string::npos);
  CHECK(home.json({"account", "show"}).at(0)["since"] == "all");
}
