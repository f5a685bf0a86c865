// What happens to an account after its login, through the real binary: changed, renamed, watched, logged out of, let
// go.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/base/encoding.h"
#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

struct LoggedIn {
  Sandbox sandbox;
  Home home;
  explicit LoggedIn(std::vector<std::string> options = {}) : sandbox(with_consent(std::move(options))) {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  static std::vector<std::string> with_consent(std::vector<std::string> options) {
    options.push_back("--auto-consent");
    return options;
  }
  Json account(const std::string& name) const { return home.json({"account", "show", name})[0]; }
  Json status(const std::string& name) const {
    Ended ended = home.run({"status", name, "--json"});
    return json_lines(ended.out).at(0);
  }
  std::uint64_t requests(const std::string& path) const {
    const Json stats = sandbox.get("/_sandbox/stats");
    std::uint64_t count = 0;
    for (const auto& [key, value] : stats["by_path"].items()) {
      if (key.find(path) != std::string::npos) count += value.get<std::uint64_t>();
    }
    return count;
  }
  void fail(const std::string& path) const {
    sandbox.post("/_sandbox/faults", {{"match", {{"path", path}}}, {"action", {{"status", 400}, {"body", "{}"}}}});
  }
};

// Every file of the home, one after the other.
std::string everything_in(const std::string& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return all;
}

std::string last_hint(const Ended& ended) {
  return json_lines(ended.err).back()["error"]["hint"];
}

}  // namespace

TEST_CASE("an account is renamed, changed and paused, and says so") {
  LoggedIn world({"--synthetic", "10"});
  CHECK(world.home.json({"account", "rename", "a@gmail.test", "work"})[0]["ok"] == true);
  CHECK(world.home.json({"sync", "work"})[0]["complete"] == true);
  CHECK(world.home.run({"account", "set", "work", "--exclude", "nowhere"}).exit_code == 5);
  CHECK(world.home.run({"account", "set", "work"}).exit_code == 2);
  REQUIRE(world.home
              .run({"account", "set", "work", "--since", "2026-01-01", "--exclude", "spam", "--exclude", "trash",
                    "--sender-name", "Ada Lovelace", "--paused"})
              .exit_code == 0);
  Json account = world.account("work");
  CHECK(account["exclude"] == Json({"spam", "trash"}));
  CHECK(account["since"] == "2026-01-01T00:00:00Z");
  CHECK(account["sender_name"] == "Ada Lovelace");
  CHECK(account["state"] == "paused");
  CHECK(world.status("work")["state"] == "paused");
  for (const auto& line : world.home.json({"sync"})) CHECK(line["account"] != "work");
  CHECK(world.home.run({"send", "-a", "work", "--to", "x@example.org", "--body", "x"}).exit_code == 6);

  REQUIRE(world.home.run({"account", "set", "work", "--active", "--exclude", ""}).exit_code == 0);
  account = world.account("work");
  CHECK(account["state"] == "ok");
  CHECK(account["exclude"].empty());
  REQUIRE(world.home.run({"send", "-a", "work", "--to", "x@example.org", "--subject", "s", "--body", "x"}).exit_code ==
          0);
  const Json sent = world.sandbox.get("/_sandbox/mailbox/a@gmail.test/sent");
  const auto raw = mailmgr::base64_decode(sent[0]["raw"].get<std::string>()).value();
  CHECK_MESSAGE(raw.find("From: Ada Lovelace <a@gmail.test>") != std::string::npos, raw);
}

TEST_CASE("logging out ends the login at Google, and at Microsoft says where a person can") {
  LoggedIn world({"--synthetic", "5"});
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  const std::string token = world.home.run({"token", "a@gmail.test"}).out;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    CHECK(world.home.run({"logout", provider.address, "-n"}).out.find("would log out") != std::string::npos);
    const Ended ended = world.home.run({"logout", provider.address, "-v"});
    CHECK(ended.exit_code == 0);
    CHECK(ended.err.find(provider.name == "google" ? "same Google Cloud project" : "https://myapps.microsoft.com") !=
          std::string::npos);
    const Json account = world.account(provider.address);
    CHECK(account["state"] == "auth_required");
    CHECK(account["auth_reason"] == "logged out");
    CHECK(account["messages"] == 5);
    const Ended sync = world.home.run({"sync", provider.address, "--json"});
    CHECK(sync.exit_code == 4);
    CHECK(last_hint(sync) == "mailmgr login --account " + provider.address);
  }
  CHECK(world.requests("/revoke") == 1);
  const Ended refused = run({{"/usr/bin/curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                              "Authorization: Bearer " + token.substr(0, token.size() - 1),
                              world.sandbox.url() + "/gmail/v1/users/me/profile"},
                             {{"PATH", "/usr/bin:/bin"}},
                             {},
                             {}});
  CHECK(refused.out == "401");

  REQUIRE(world.home.run({"login", "--account", "a@gmail.test", "--browser", "/usr/bin/curl -sSL -o /dev/null"})
              .exit_code == 0);
  CHECK(world.home.json({"sync", "a@gmail.test"})[0]["new"] == 0);
}

TEST_CASE("when Google cannot be told, the exit is 7 and the same command finishes it") {
  LoggedIn world;
  world.fail("/revoke");
  const Ended failed = world.home.run({"logout", "--all", "--json"});
  CHECK(failed.exit_code == 7);
  const auto items = json_lines(failed.out);
  REQUIRE(items.size() == 2);
  CHECK(items[0]["id"] == "a@gmail.test");
  CHECK(items[0]["ok"] == false);
  CHECK(items[0]["error"]["code"] == "partial");
  CHECK(items[1] == Json({{"id", "b@outlook.test"}, {"ok", true}}));
  CHECK(world.home.run({"token", "a@gmail.test"}).exit_code == 4);
  CHECK(world.home.run({"status", "a@gmail.test"}).exit_code == 4);

  REQUIRE(run({{"/usr/bin/curl", "-sS", "-X", "DELETE", world.sandbox.url() + "/_sandbox/faults"},
               {{"PATH", "/usr/bin:/bin"}},
               {},
               {}})
              .exit_code == 0);
  CHECK(world.home.run({"logout", "--all"}).exit_code == 0);
  CHECK(world.account("a@gmail.test")["auth_reason"] == "logged out");
}

TEST_CASE("purging leaves no trace of an account in any file, and lists what was never sent") {
  LoggedIn world;
  const std::string secret = "Quokkasanctuary";
  world.sandbox.post("/_sandbox/mailbox/a@gmail.test/deliver",
                     {{"raw", "From: Ada <ada@example.org>\r\nTo: a@gmail.test\r\nSubject: " + secret +
                                  "\r\nMessage-ID: <q@example.org>\r\n\r\n" + secret + " " + secret + "\r\n"}});
  const Ended synced = world.home.run({"sync"});
  REQUIRE_MESSAGE(synced.exit_code == 0, synced.err);
  world.fail("gmail/v1/users/me/drafts");
  CHECK(world.home
            .run({"send", "-a", "a@gmail.test", "--to", "x@example.org", "--subject", "Unsentwombat", "--body", "x"})
            .exit_code != 0);
  REQUIRE(everything_in(world.home.path()).find(secret) != std::string::npos);

  CHECK(world.home.run({"account", "disconnect", "a@gmail.test", "--purge"}).exit_code == 2);
  CHECK(world.home.run({"account", "disconnect", "a@gmail.test", "--purge", "-y", "--allow", "read-only"}).exit_code ==
        6);
  CHECK(world.home.json({"account", "list"}).size() == 2);
  const Ended purged = world.home.run({"account", "disconnect", "a@gmail.test", "--purge", "--revoke", "--yes"});
  CHECK(purged.exit_code == 0);
  CHECK(purged.err.find("not sent (failed): \"Unsentwombat\" to x@example.org") != std::string::npos);
  CHECK(world.requests("/revoke") == 1);
  const std::string left = everything_in(world.home.path());
  for (const auto& word : {secret, std::string("Unsentwombat"), std::string("a@gmail.test")}) {
    CHECK_MESSAGE(left.find(word) == std::string::npos, word);
  }
  CHECK(world.home.json({"account", "list"})[0]["account"] == "b@outlook.test");
  CHECK(world.home.json({"sync"})[0]["complete"] == true);
}

TEST_CASE("a mail program gets what it needs to log in to the servers, once the login was given the permission") {
  LoggedIn world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Ended refused = world.home.run({"token", provider.address, "--for", "imap", "--json"});
    CHECK(refused.exit_code == 4);
    CHECK(last_hint(refused) == "mailmgr login --account " + provider.address + " --with imap");
    REQUIRE(world.home
                .run({"login", "--account", provider.address, "--with", "imap", "--browser",
                      "/usr/bin/curl -sSL -o /dev/null"})
                .exit_code == 0);
    for (const std::string use : {"imap", "smtp"}) {
      const Json token = world.home.json({"token", provider.address, "--for", use, "--sasl"})[0];
      CHECK(token["for"] == use);
      CHECK(token["email"] == provider.address);
      CHECK(token.contains("expires"));
      const std::string access = token["access_token"];
      CHECK(mailmgr::base64_decode(token["sasl"].get<std::string>()).value() == "user=" + provider.address +
                                                                                    "\x01"
                                                                                    "auth=Bearer " +
                                                                                    access + "\x01\x01");
    }
    const std::string sasl = world.home.run({"token", provider.address, "--for", "smtp", "--sasl"}).out;
    CHECK(mailmgr::base64_decode(sasl.substr(0, sasl.size() - 1)).value().starts_with("user=" + provider.address));
    CHECK(world.home.json({"sync", provider.address})[0]["complete"] == true);  // the API's token is still good
    world.sandbox.post("/_sandbox/expire", {{"tokens", true}});
    CHECK(world.home.json({"sync", provider.address})[0]["complete"] == true);
  }
  const std::string plain = world.home.run({"token", "a@gmail.test", "--sasl"}).out;
  CHECK(mailmgr::base64_decode(plain.substr(0, plain.size() - 1)).value().starts_with("user=a@gmail.test"));
  CHECK(world.home.run({"token", "a@gmail.test", "--for", "imap", "--allow", "read-only"}).exit_code == 6);
}

TEST_CASE("status tells what a monitoring system has to know, without a request and without the key") {
  LoggedIn world({"--synthetic", "12"});
  CHECK(world.home.run({"status"}).exit_code == 0);
  CHECK(world.home.run({"status", "--max-lag", "0s"}).exit_code == 8);
  REQUIRE(world.home.run({"sync"}).exit_code == 0);
  world.sandbox.post("/_sandbox/stats/reset", Json::object());
  std::filesystem::remove_all(world.home.path() + "/config");

  const auto rows = world.home.json({"status", "--max-lag", "1h"});
  REQUIRE(rows.size() == 2);
  for (const auto& row : rows) {
    CHECK(row["state"] == "ok");
    CHECK(row["messages"] == 12);
    CHECK(row["remaining"] == 0);
    CHECK(row["complete"] == true);
    CHECK(row["outbox_failed"] == 0);
    CHECK(row.contains("last_ok"));
    CHECK(row.contains("auth_expires"));
  }
  CHECK(world.home.run({"status", "--expires-within", "7d"}).exit_code == 0);
  CHECK(world.home.run({"status", "--expires-within", "400d"}).exit_code == 4);
  CHECK(world.home.run({"status", "--max-lag", "nonsense"}).exit_code == 2);
  CHECK(world.home.run({"status", "nobody"}).exit_code == 5);
  CHECK(world.home.run({"status"}).err.empty());
  CHECK(world.sandbox.get("/_sandbox/stats")["requests"] == 0);
}
