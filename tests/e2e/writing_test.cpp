// Templates, signatures and sending addresses with the real program.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/e2e/mail_state.h"
#include "tests/e2e/world.h"

using namespace mailmgr::test;

namespace {

struct Writer {
  Sandbox sandbox{{"--auto-consent"}};
  Home home;
  Writer() { home.set_providers(sandbox); }

  void log_in_both() const {
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  void control(const ProviderCase& provider, const std::string& verb, const Json& args) const {
    (void)sandbox.post(mailbox(provider, verb), args);
  }
  // "ADDRESS STATE" of each.
  std::vector<std::string> aliases(const ProviderCase& provider) const {
    std::vector<std::string> words;
    for (const auto& alias : home.json({"alias", "list", "-a", provider.address})) {
      words.push_back(alias["address"].get<std::string>() + " " + alias["state"].get<std::string>());
    }
    return words;
  }
};

const ProviderCase& writer_at(const std::string& name) {
  const auto& all = provider_cases();
  return *std::find_if(all.begin(), all.end(), [&](const ProviderCase& one) { return one.name == name; });
}

}  // namespace

TEST_CASE("a template is set from a file and standard input, changed in parts, shown and deleted") {
  const Home home;
  CHECK(home.json({"template", "set", "shipped", "--subject", "Order {{order}}", "--body-file", "-"},
                  "Dear {{name}},\n{{order}} has left.\n")[0]["ok"] == true);
  CHECK(home.run({"template", "set", "shipped", "--subject", "Your order {{order}}"}).exit_code == 0);
  const Json shown = home.json({"template", "show", "shipped"})[0];
  CHECK(shown["subject"] == "Your order {{order}}");
  CHECK(shown["text"] == "Dear {{name}},\n{{order}} has left.\n");
  CHECK(shown["variables"] == Json{"order", "name"});
  CHECK_FALSE(shown.contains("html"));
  CHECK(home.run({"template", "list"}).out == "shipped\tYour order {{order}}\torder, name\n");
  CHECK(home.run({"template", "list", "--ids"}).out == "shipped\n");
  CHECK(home.run({"template", "show", "shipped"}).out.find("\nDear {{name}},\n") != std::string::npos);

  const Ended broken = home.run({"template", "set", "shipped", "--body", "Dear {{name"});
  CHECK(broken.exit_code == 2);
  CHECK(home.run({"template", "set", "empty", "--subject", "s"}).exit_code == 2);
  CHECK(home.run({"template", "set", "shipped"}).exit_code == 2);
  CHECK(home.run({"template", "set", "x", "--body-file", "-", "--html", "-"}).exit_code == 2);
  CHECK(home.run({"template", "set", "x", "--html", "/nowhere/file"}).exit_code != 0);
  CHECK(home.json({"template", "show", "shipped"})[0]["text"] == shown["text"]);

  CHECK(home.run({"template", "delete", "shipped", "-n"}).out == "would delete shipped\n");
  CHECK(home.run({"template", "list", "--ids"}).out == "shipped\n");
  CHECK(home.run({"template", "delete", "shipped", "other"}).exit_code == 7);
  CHECK(home.run({"template", "delete", "other"}).exit_code == 5);
  CHECK(home.run({"template", "list"}).out.empty());
  for (const auto* list : {"template", "signature", "alias"})
    CHECK(home.run({list, "list", "--fail-empty"}).exit_code == 5);
  CHECK(home.run({"template", "show", "shipped"}).exit_code == 5);
}

TEST_CASE("what a template or signature holds does nothing to a terminal") {
  const Home home;
  REQUIRE(home.run({"template", "set", "t", "--subject", "\x1b]0;x\x07", "--body", "a\x1b[2Jb"}).exit_code == 0);
  REQUIRE(home.run({"signature", "set", "s", "--body", "a\x1b[2Jb"}).exit_code == 0);
  for (const auto& words : {std::vector<std::string>{"template", "show", "t"},
                            {"template", "list"},
                            {"signature", "show", "s"},
                            {"signature", "list"},
                            {"template", "show", "t", "--json"}}) {
    CHECK(home.run(words).out.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("a signature is chosen for an account and for one of its addresses") {
  const Writer world;
  const auto& google = writer_at("google");
  world.control(google, "add_send_as", {{"email", "sales@example.org"}, {"name", "Sales"}});
  world.home.log_in("google");
  const auto run = [&](std::vector<std::string> words) { return world.home.run(std::move(words)).exit_code; };
  CHECK(run({"signature", "set", "work", "--body", "Ada Berg"}) == 0);
  CHECK(run({"signature", "set", "sales", "--html", "/dev/null"}) == 2);
  CHECK(run({"signature", "default", "work"}) == 0);
  CHECK(run({"signature", "default", "none", "--for", "sales@example.org"}) == 0);
  CHECK(run({"signature", "default", "work", "--for", "other@example.org"}) == 6);
  CHECK(run({"signature", "default", "nobody's"}) == 5);
  CHECK(run({"signature", "default"}) == 2);
  const Json shown = world.home.json({"signature", "show", "work"})[0];
  CHECK(shown["text"] == "Ada Berg");
  REQUIRE(shown["default_for"].size() == 1);
  CHECK(shown["default_for"][0]["account"] == google.address);
  CHECK(run({"signature", "default", "work", "--for", "SALES@example.org"}) == 0);
  CHECK(world.home.json({"signature", "list"})[0]["default_for"][1]["address"] == "sales@example.org");
  CHECK(run({"signature", "default", "--unset", "--for", "sales@example.org"}) == 0);
  CHECK(world.home.run({"signature", "delete", "work", "-n"}).out == "would delete work\n");
  CHECK(run({"signature", "delete", "work"}) == 0);
  CHECK(world.home.sql("mail", "SELECT count(*) FROM signature_default") == "0\n");
}

TEST_CASE("Gmail's signatures are imported without what acts; purging their account removes them") {
  const Writer world;
  const auto& google = writer_at("google");
  const std::string hostile = "<b>Ada</b><script>steal()</script><img src=x onerror=steal()>";
  world.control(google, "add_send_as", {{"email", google.address}, {"signature", hostile}});
  world.control(google, "add_send_as", {{"email", "sales@example.org"}, {"signature", "Sales"}});
  world.log_in_both();
  CHECK(world.home.run({"signature", "import", google.address, "-n"}).out ==
        "would import " + google.address + "\nwould import sales@example.org\n");
  CHECK(world.home.json({"signature", "list"}).empty());
  const auto imported = world.home.json({"signature", "import", google.address});
  REQUIRE(imported.size() == 2);
  CHECK(imported[0]["id"] == google.address);
  const Json shown = world.home.json({"signature", "show", google.address})[0];
  CHECK(shown["account"] == google.address);
  CHECK(shown["text"] == "Ada");
  CHECK(shown["html"].get<std::string>().find("steal") == std::string::npos);
  CHECK(shown["default_for"][0]["address"] == google.address);
  CHECK(world.home.run({"signature", "import", writer_at("microsoft").address}).exit_code == 6);

  REQUIRE(world.home.run({"signature", "set", "own", "--body", "Mine"}).exit_code == 0);
  REQUIRE(world.home.run({"account", "disconnect", google.address, "--purge", "--yes"}).exit_code == 0);
  const auto left = world.home.json({"signature", "list"});
  REQUIRE(left.size() == 1);
  CHECK(left[0]["name"] == "own");
  CHECK(world.home.sql("mail", "SELECT DISTINCT account FROM alias") ==
        world.home.sql("tokens", "SELECT id FROM account"));
}

TEST_CASE("the sending addresses are read at login and again when they are asked for") {
  const Writer world;
  const auto& google = writer_at("google");
  const auto& microsoft = writer_at("microsoft");
  world.control(google, "add_send_as", {{"email", "sales@example.org"}, {"pending", true}});
  world.log_in_both();
  CHECK(world.aliases(google) == std::vector<std::string>{google.address + " usable", "sales@example.org pending"});
  CHECK(world.aliases(microsoft) == std::vector<std::string>{microsoft.address + " usable"});

  world.control(google, "add_send_as", {{"email", "sales@example.org"}, {"pending", false}});
  world.control(microsoft, "add_address", {{"email", "sales@outlook.test"}});
  CHECK(world.home.run({"alias", "sync", "--dry-run"}).out == "would change sales@example.org of " + google.address +
                                                                  " (usable)\nwould add sales@outlook.test of " +
                                                                  microsoft.address + " (unproven)\n");
  CHECK(world.aliases(google)[1] == "sales@example.org pending");
  const auto synced = world.home.json({"alias", "sync"});
  REQUIRE(synced.size() == 2);
  for (const auto& line : synced) CHECK(line["ok"] == true);
  CHECK(world.aliases(google)[1] == "sales@example.org usable");
  CHECK(world.aliases(microsoft)[1] == "sales@outlook.test unproven");
  CHECK(world.home.run({"alias", "sync", microsoft.address, "--trust", "--allow", "read-only"}).exit_code == 6);
  CHECK(world.home.run({"alias", "sync", microsoft.address, "--trust"}).exit_code == 0);
  CHECK(world.home.run({"alias", "sync"}).exit_code == 0);
  CHECK(world.aliases(microsoft)[1] == "sales@outlook.test usable");
  CHECK(world.home.run({"alias", "sync", microsoft.address, "--distrust"}).exit_code == 0);
  CHECK(world.aliases(microsoft)[1] == "sales@outlook.test unproven");
  CHECK(world.home.run({"alias", "sync", "nobody@example.org"}).exit_code == 5);
}

TEST_CASE("a login whose addresses cannot be read is a login; who may not read them hears which login may") {
  const Writer world;
  const auto& google = writer_at("google");
  (void)world.sandbox.post("/_sandbox/faults",
                           {{"match", {{"path", "/settings/sendAs"}}}, {"action", {{"status", 400}, {"body", "{}"}}}});
  world.home.log_in("google");
  CHECK(world.aliases(google).empty());
  world.sandbox.remove_faults();
  CHECK(world.home.run({"alias", "sync"}).exit_code == 0);
  CHECK(world.aliases(google).size() == 1);

  const Ended again = world.home.run(
      {"login", "--account", google.address, "--access", "send-only", "--browser", "/usr/bin/curl -sSL -o /dev/null"});
  REQUIRE(again.exit_code == 0);
  const Ended refused = world.home.run({"alias", "sync"});
  CHECK(refused.exit_code == 4);
  CHECK(refused.err.find("hint: mailmgr login --account " + google.address + " --with settings") != std::string::npos);
  CHECK(world.home.run({"signature", "import"}).exit_code == 4);
  CHECK(world.aliases(google).size() == 1);  // what was known stays
}
