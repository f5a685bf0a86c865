// Providers with the real program: what `provider test` finds, providers for all users, and what a run or a login may
// do.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("provider test passes where a login works, and names the setting where it does not") {
  const Sandbox sandbox;
  const Home home;
  home.set_providers(sandbox);
  for (const auto& provider : provider_cases()) {
    for (const Json& check : home.json({"provider", "test", provider.name})) {
      CHECK_MESSAGE(check["ok"] == true, check.dump());
    }
  }
  REQUIRE(home.run({"provider", "set", "google", "--client-secret-file", "-"}, "c4nary").exit_code == 0);
  const Ended wrong = home.run({"provider", "test", "google", "-vv"});
  CHECK(wrong.exit_code == 3);
  CHECK(contains(wrong.out, "client\tno\t"));
  CHECK(contains(wrong.out, "Client secrets"));
  CHECK_FALSE(contains(wrong.out + wrong.err, "c4nary"));
  CHECK(home.run({"provider", "test", "yahoo"}).exit_code == 5);
  REQUIRE(home.run({"provider", "unset", "google"}).exit_code == 0);
  CHECK(home.run({"provider", "test", "google"}).exit_code == 3);
}

TEST_CASE(
    "the limits that hold are set and shown, and what has been spent of them is kept where only its owner reads") {
  const Sandbox sandbox({"--synthetic", "3", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  CHECK(home.json({"provider", "show", "google"})[0]["quota"] == "gmail-new:1000000");
  CHECK(home.json({"provider", "set", "google", "--quota", "gmail-new"})[0]["quota"] == "gmail-new");
  CHECK(home.json({"provider", "set", "google", "--quota", "gmail-old"})[0]["quota"] == "gmail-old");
  CHECK(home.json({"provider", "set", "microsoft", "--quota", "graph"})[0]["quota"] == "graph");
  const Ended wrong = home.run({"provider", "set", "microsoft", "--quota", "gmail-old"});
  CHECK(wrong.exit_code == 2);
  CHECK(contains(wrong.err, "--quota"));

  home.log_in("google");
  const Json synced = home.json({"sync"})[0];
  CHECK(synced["complete"] == true);
  CHECK(synced["quota_units"].get<int>() < 3 * 20);  // a message costs 5 units of the old table
  int ledgers = 0;
  for (const auto& file : std::filesystem::directory_iterator(home.path() + "/data/quota")) {
    struct stat status {};
    REQUIRE(stat(file.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    ++ledgers;
  }
  CHECK(ledgers == 1);
}

TEST_CASE("provider test without a network is exit 8") {
  const Home home;
  REQUIRE(
      home.run({"provider", "set", "microsoft", "--client-id", "x", "--base-url", "http://127.0.0.1:9"}).exit_code ==
      0);
  const Ended down = home.run({"provider", "test", "microsoft", "--json"});
  CHECK(down.exit_code == 8);
  CHECK(json_lines(down.out).back()["check"] == "login_host");
}

TEST_CASE("a provider set up for all users serves another user's login") {
  const Sandbox sandbox({"--auto-consent"});
  Home administrator, user;
  const std::string etc = administrator.folder().path() + "/etc";
  administrator.environment()["MAILMGR_ETC"] = user.environment()["MAILMGR_ETC"] = etc;
  const Ended set = administrator.run(
      {"provider", "set", "google", "--system", "--client-id", "sandbox-google.apps.googleusercontent.test",
       "--client-secret-file", "-", "--base-url", sandbox.url(), "-v"},
      "sandbox-google-secret\n");
  REQUIRE_MESSAGE(set.exit_code == 0, set.err);
  CHECK(contains(set.err, "readable by every user"));
  CHECK(std::filesystem::exists(etc + "/providers.d/google.json"));

  const auto listed = user.json({"provider", "list"});
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["source"] == "system");
  CHECK(listed[0]["has_client_secret"] == true);
  CHECK_FALSE(contains(listed[0].dump(), "sandbox-google-secret"));
  for (const Json& check : user.json({"provider", "test", "google"})) CHECK(check["ok"] == true);
  user.log_in("google");
  CHECK(user.json({"sync"})[0]["complete"] == true);

  const Ended unset = user.run({"provider", "unset", "google"});
  CHECK(unset.exit_code == 6);
  CHECK(contains(unset.err, "--system"));
  CHECK(user.run({"provider", "set", "google", "--access", "read-only"}).exit_code == 2);
  REQUIRE(administrator.run({"provider", "unset", "google", "--system"}).exit_code == 0);
  CHECK(user.run({"provider", "show", "google"}).exit_code == 3);
  CHECK(administrator
            .run({"provider", "set", "microsoft", "--system", "--client-id", "x", "--client-secret-file", "-"}, "s")
            .exit_code == 2);
}

TEST_CASE(
    "attack 46: settings for all users that others could have written are refused, with the command that repairs") {
  Home home;
  const std::string etc = home.folder().path() + "/etc";
  home.environment()["MAILMGR_ETC"] = etc;
  REQUIRE(home.run({"provider", "set", "microsoft", "--system", "--client-id", "x"}).exit_code == 0);
  const std::string file = etc + "/providers.d/microsoft.json";
  REQUIRE(chmod(file.c_str(), 0666) == 0);
  const Ended list = home.run({"provider", "list"});
  CHECK(list.exit_code == 3);
  CHECK(contains(list.err, "chmod go-w " + file));
  CHECK(home.run({"login", "microsoft"}).exit_code == 3);
  CHECK(home.run({"login", "google"}).exit_code == 3);  // not set, and not broken by its neighbour
  REQUIRE(chmod(file.c_str(), 0644) == 0);

  const std::string config = etc + "/config.toml";
  Start write{{"/bin/sh", "-c", "echo 'json=true' > " + config}, {{"PATH", "/usr/bin:/bin"}}, {}, {}};
  REQUIRE(run(write).exit_code == 0);
  REQUIRE(chmod(config.c_str(), 0644) == 0);
  CHECK(contains(home.run({"provider", "list"}).out, "{\"provider\""));
  REQUIRE(chmod(config.c_str(), 0622) == 0);
  CHECK(home.run({"provider", "list"}).exit_code == 3);
}

TEST_CASE("-vv shows every request, without what could be secret; -v shows none") {
  const Sandbox sandbox({"--synthetic", "3", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("microsoft");
  const Ended traced = home.run({"sync", "-vv"});
  REQUIRE(traced.exit_code == 0);
  CHECK(contains(traced.err, "POST " + sandbox.url() + "/v1.0/$batch 200, "));
  CHECK(contains(traced.err, "request-id "));
  CHECK_FALSE(contains(traced.err, "?"));
  CHECK_FALSE(contains(traced.err, "Bearer"));
  const std::string token = home.run({"token", "-vv"}).out;
  CHECK_FALSE(contains(traced.err, token.substr(0, token.size() - 1)));
  CHECK_FALSE(contains(home.run({"sync", "-v"}).err, "POST"));
}

TEST_CASE("a login that may only send is left out of a sync of all, and refused one by name") {
  const Sandbox sandbox({"--synthetic", "3", "--auto-consent"});
  const Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  home.log_in_for_sending_only("microsoft");
  const Ended all = home.run({"sync", "--json", "-v"});
  CHECK(all.exit_code == 0);
  CHECK(json_lines(all.out).size() == 1);
  CHECK(contains(all.err, "b@outlook.test: skipped"));
  const Ended named = home.run({"sync", "b@outlook.test"});
  CHECK(named.exit_code == 6);
  CHECK(contains(named.err, "hint: mailmgr login --account b@outlook.test --access full"));
  // What is stored stays readable; sending with a login that may only read is refused.
  CHECK(home.json({"list", "-a", "a@gmail.test"}).size() == 3);
  REQUIRE(home.run({"login", "--account", "a@gmail.test", "--access", "read-only", "--browser",
                    "/usr/bin/curl -sSL -o /dev/null"})
              .exit_code == 0);
  const Ended send = home.run({"send", "-a", "a@gmail.test", "--to", "x@y.test", "--body", "x"});
  CHECK(send.exit_code == 6);
  CHECK(contains(send.err, "--access full"));
}

TEST_CASE("a run limited by its environment cannot widen its limit") {
  const Sandbox sandbox({"--auto-consent"});
  Home home;
  home.set_providers(sandbox);
  home.log_in("google");
  home.environment()["MAILMGR_ALLOW"] = "send-only";
  for (const auto& words : std::vector<std::vector<std::string>>{{"token"},
                                                                 {"list"},
                                                                 {"sync"},
                                                                 {"login", "google"},
                                                                 {"provider", "set", "google", "--access", "full"},
                                                                 {"account", "disconnect", "--all"}}) {
    auto wider = words;
    wider.insert(wider.end(), {"--allow", "full"});
    CHECK(home.run(words).exit_code == 6);
    CHECK(home.run(wider).exit_code == 6);
  }
  CHECK(home.run({"send", "--to", "a@gmail.test", "--subject", "x", "--body", "x"}).exit_code == 0);
  CHECK(home.run({"account", "list"}).exit_code == 0);
}
