// One credential of an administrator, every mailbox of the organisation: through the real binary over real sockets.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

struct World {
  TemporaryFolder keys;
  Sandbox sandbox{{"--organisation", keys.path(), "--synthetic", "4", "--auto-consent"}};
  Home home;

  World() {
    succeeds({"provider", "set", "google", "--service-account", keys.path() + "/service-account.json", "--base-url",
              sandbox.url()});
    succeeds({"provider", "set", "microsoft", "--client-id", kApplication, "--tenant", "microsoft-corp.test",
              "--app-only", "--client-certificate", keys.path() + "/client-certificate.pem", "--base-url",
              sandbox.url()});
    std::filesystem::remove_all(keys.path() + "/service-account.json");  // the vault has them
    std::filesystem::remove_all(keys.path() + "/client-certificate.pem");
  }
  Ended succeeds(std::vector<std::string> words, const std::string& input = {}) {
    Ended ended = home.run(std::move(words), input);
    REQUIRE_MESSAGE(ended.exit_code == 0, ended.err);
    return ended;
  }
  int tokens_asked() {
    const Json stats = sandbox.get("/_sandbox/stats");
    return stats["tokens"]["access_tokens"];
  }

  static constexpr const char* kApplication = "22222222-3333-4444-5555-666666666666";
};

}  // namespace

TEST_CASE("a service account's mailboxes are connected, synced and listed without a login") {
  World world;
  for (const std::string name : {"ada", "bob"}) {
    const Json row =
        world.home.json({"account", "connect", name + "@google-corp.test", "--provider", "google", "--name", name})[0];
    CHECK(row["id"] == name + "@google-corp.test");
    CHECK(row["ok"] == true);
    CHECK(row["account"] == name);
  }
  const auto synced = world.home.json({"sync"});
  REQUIRE(synced.size() == 2);
  for (const auto& row : synced) {
    CHECK(row["complete"] == true);
    CHECK(row["new"] == 4);
  }
  CHECK(world.home.json({"list", "in:anywhere"}).size() == 8);
  CHECK(world.tokens_asked() == 2);
  CHECK(world.home.json({"account", "connect", "ada@google-corp.test", "--provider", "google"})[0]["already"] == true);
  CHECK(world.home.run({"account", "connect", "ada", "--since", "90d"}).exit_code == 2);
}

TEST_CASE("an application's mailboxes are connected from a list, which can be run again, and send") {
  World world;
  const std::string list = world.keys.write("people.csv",
                                            "\xEF\xBB\xBF"
                                            "email,name,since\r\nada@microsoft-corp.test,ada,all\r\n"
                                            "nobody@microsoft-corp.test,,\r\nteam@microsoft-corp.test,\"team\",\r\n");
  const std::vector<std::string> words{"account", "connect", "--from-csv", list, "--provider", "microsoft"};
  auto dry = words;
  dry.push_back("--dry-run");
  CHECK(world.home.json(dry).size() == 3);
  CHECK(world.home.json({"account", "list"}).empty());

  auto json = words;
  json.push_back("--json");
  const Ended first = world.home.run(json);
  CHECK(first.exit_code == 5);  // one of them does not exist
  const auto rows = json_lines(first.out);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["ok"] == true);
  CHECK(rows[1]["ok"] == false);
  CHECK(rows[1]["error"]["code"] == "not_found");
  CHECK(rows[2]["account"] == "team");

  const auto again = json_lines(world.home.run(json).out);
  CHECK(again[0]["already"] == true);
  CHECK(again[2]["already"] == true);
  CHECK(world.home.json({"sync"}).size() == 2);
  CHECK(world.tokens_asked() == 1);

  const Json sent =
      world.home.json({"send", "-a", "team", "--to", "someone@example.org", "--subject", "Hello", "--body", "x"})[0];
  CHECK(sent["state"] == "sent");
  CHECK(sent["from"] == "team@microsoft-corp.test");
  CHECK(world.home.json({"sync", "team"})[0]["new"] == 1);
  CHECK(world.home.json({"sync", "ada"})[0]["new"] == 0);
}

TEST_CASE("a list on standard input with a mistake is exit 2, names the line and connects nothing") {
  World world;
  const Ended ended = world.home.run({"account", "connect", "--from-csv", "-", "--provider", "microsoft"},
                                     "ada@microsoft-corp.test\nnot an address\n");
  CHECK(ended.exit_code == 2);
  CHECK(ended.err.find("line 2") != std::string::npos);
  CHECK(world.home.json({"account", "list"}).empty());
}

TEST_CASE("an application proves itself by a secret as well") {
  World world;
  world.sandbox.post(
      "/_sandbox/clients",
      {{"provider", "microsoft"}, {"client_id", "daemon"}, {"client_secret", "s3cret"}, {"app_roles", {"Mail.Read"}}});
  world.succeeds(
      {"provider", "set", "contoso", "--kind", "microsoft", "--client-id", "daemon", "--tenant", "microsoft-corp.test",
       "--app-only", "--access", "read-only", "--client-secret-file", "-", "--base-url", world.sandbox.url()},
      "s3cret\n");
  world.succeeds({"account", "connect", "team@microsoft-corp.test", "--provider", "contoso"});
  CHECK(world.home.json({"sync"})[0]["complete"] == true);
  const Ended refused = world.home.run({"send", "--to", "x@example.org", "--subject", "s", "--body", "b"});
  CHECK(refused.exit_code == 6);
}

TEST_CASE("a shared mailbox is connected through a login, synced and sent from") {
  World world;
  world.succeeds({"provider", "set", "logins", "--kind", "microsoft", "--client-id",
                  "11111111-2222-3333-4444-555555555555", "--base-url", world.sandbox.url()});
  world.succeeds({"login", "logins", "--login-hint", "ada@microsoft-corp.test", "--with", "shared", "--browser",
                  "/usr/bin/curl -sSL -o /dev/null"});
  world.succeeds(
      {"account", "connect", "team@microsoft-corp.test", "--via", "ada@microsoft-corp.test", "--name", "team"});
  CHECK(world.home.json({"sync", "team"})[0]["new"] == 4);
  CHECK(world.home.json({"send", "-a", "team", "--to", "x@example.org", "--subject", "s", "--body", "b"})[0]["state"] ==
        "sent");
  CHECK(world.home.json({"sync", "team"})[0]["new"] == 1);
  CHECK(world.home.json({"alias", "list", "-a", "team"})[0]["address"] == "team@microsoft-corp.test");
  // Full Access alone is not Send As.
  (void)world.sandbox.post("/_sandbox/mailbox/team@microsoft-corp.test/may_send_as", {{"others", false}});
  const Ended denied =
      world.home.run({"send", "-a", "team", "--to", "x@example.org", "--subject", "denied", "--body", "b"});
  CHECK(denied.exit_code == 6);
  CHECK(denied.err.find("does not have the right to send") != std::string::npos);
  const Ended google = world.home.run({"account", "connect", "bob@google-corp.test", "--via", "team"});
  CHECK(google.exit_code == 2);
}

TEST_CASE("what is shown of a provider tells its kind and its key's id, and nothing secret") {
  World world;
  const Json google = world.home.json({"provider", "show", "google"})[0];
  CHECK(google["grants"] == "service_account");
  CHECK(google["key_issuer"] == "mailmgr@sandbox.iam.gserviceaccount.test");
  CHECK(google["key_id"] == "sandbox-key-1");
  CHECK(google.dump().find("PRIVATE") == std::string::npos);
  const Json microsoft = world.home.json({"provider", "show", "microsoft"})[0];
  CHECK(microsoft["grants"] == "app_only");
  CHECK(microsoft["key_id"].get<std::string>().size() == 43);
  const Ended login = world.home.run({"login", "google"});
  CHECK(login.exit_code == 2);
  CHECK(login.err.find("hint: mailmgr account connect EMAIL --provider google") != std::string::npos);
}
