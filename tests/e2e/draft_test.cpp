// Messages that are written with an editor, by hand and across crashes, and drafts of the mailboxes.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "core/base/encoding.h"
#include "tests/e2e/mail_state.h"

using namespace mailmgr::test;

namespace {

struct Writer {
  const Sandbox sandbox{{"--auto-consent", "--quota", "off"}};
  Home home;
  Writer() {
    home.set_providers(sandbox);
    for (const auto& provider : provider_cases()) home.log_in(provider.name);
  }
  // An editor that is a shell script; "$1" is the file.
  std::string editor(const std::string& script) const {
    const std::string path = home.path() + "/editor";
    std::ofstream(path) << "#!/bin/sh\n" << script << "\n";
    REQUIRE(chmod(path.c_str(), 0700) == 0);
    return path;
  }
  Ended on_terminal(const std::string& words, const std::string& typed, const std::string& editor) const {
    return home.on_terminal(words, typed, {{"EDITOR", editor}});
  }
  int sent(const ProviderCase& provider) const {
    return static_cast<int>(sandbox.get(mailbox(provider, "sent")).size());
  }
};

}  // namespace

TEST_CASE("send without a text opens the editor and sends what was written") {
  const Writer world;
  const auto editor = world.editor("echo 'Written by hand.' >> \"$1\"");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto ended = world.on_terminal(
        "send -a " + provider.address + " --to bob@example.org --subject Report --header 'X-Order: 7'", "s\n", editor);
    CHECK_MESSAGE(ended.exit_code == 0, ended.out);
    const Json sent = world.sandbox.get(mailbox(provider, "sent"));
    REQUIRE(sent.size() == 1);
    CHECK(sent[0]["subject"] == "Report");
    const auto raw = mailmgr::base64_decode(sent[0]["raw"].get<std::string>()).value();
    CHECK(raw.find("\r\nX-Order: 7\r\n") != std::string::npos);
    CHECK(world.home.json({"draft", "list"}).empty());
  }
}

TEST_CASE("what the editor saved outlives everything, is offered again, and is sent once") {
  const Writer world;
  const auto google = provider_cases().front();
  const std::string words = "send -a " + google.address + " --to bob@example.org --subject Report";
  const auto dies = world.editor("echo 'First thoughts.' >> \"$1\"; exit 3");
  CHECK(world.on_terminal(words, "", dies).exit_code == 7);
  const Json kept = world.home.json({"draft", "list"}).at(0);
  CHECK(kept["id"] == "d1");
  CHECK(kept["place"] == "here");
  const auto more = world.editor("grep -q 'First thoughts' \"$1\" && echo 'And more.' >> \"$1\"");
  CHECK(world.on_terminal(words, "y\ns\n", more).exit_code == 0);
  CHECK(world.sent(google) == 1);
  CHECK(world.home.json({"draft", "list"}).empty());
}

TEST_CASE("a text that is no draft any more is kept, and the error names its line") {
  const Writer world;
  const auto breaks = world.editor("sed -i '1s/.*/nonsense/' \"$1\"");
  const auto ended = world.on_terminal("send --to bob@example.org --subject Report -a a@gmail.test", "", breaks);
  CHECK(ended.exit_code == 2);
  CHECK(ended.out.find("line 1") != std::string::npos);
  CHECK(ended.out.find("draft edit d1") != std::string::npos);
}

TEST_CASE("a draft begun by a script goes to the mailbox, comes back with a sync, is edited there and sent") {
  const Writer world;
  const auto editor = world.editor("echo 'One line more.' >> \"$1\"");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const Json made = world.home
                          .json({"draft", "new", "-a", provider.address, "--to", "bob@example.org", "--subject", "Plan",
                                 "--body", "The plan."})
                          .at(0);
    const std::string id = made["id"];
    REQUIRE(world.home.run({"draft", "save", id}).exit_code == 0);
    CHECK(world.home.run({"draft", "send", id}).exit_code == 5);  // it is in the mailbox now
    REQUIRE(world.home.run({"sync"}).exit_code == 0);
    const Json listed = world.home.json({"draft", "list", "-a", provider.address}).at(0);
    CHECK(listed["place"] == "mailbox");
    CHECK(listed["subject"] == "Plan");
    const std::string number = listed["id"];
    CHECK(world.on_terminal("draft edit " + number, "", editor).exit_code == 0);
    REQUIRE(world.home.run({"sync"}).exit_code == 0);
    const auto drafts = world.home.json({"draft", "list", "-a", provider.address});
    REQUIRE(drafts.size() == 1);
    const std::string again = drafts[0]["id"];
    CHECK(world.home.json({"show", again}).at(0)["body_text"].get<std::string>().find("One line more.") !=
          std::string::npos);
    REQUIRE(world.home.run({"draft", "send", again}).exit_code == 0);
    CHECK(world.sent(provider) == 1);
    REQUIRE(world.home.run({"sync"}).exit_code == 0);
    CHECK(world.home.json({"draft", "list", "-a", provider.address}).empty());
  }
}

TEST_CASE("a draft is deleted where it is") {
  const Writer world;
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    REQUIRE(
        world.home.run({"send", "-a", provider.address, "--draft", "--subject", "Not yet", "--body", "x"}).exit_code ==
        0);
    CHECK(world.sent(provider) == 0);
    REQUIRE(world.home.run({"sync"}).exit_code == 0);
    const std::string id = world.home.json({"draft", "list", "-a", provider.address}).at(0)["id"];
    CHECK(world.home.run({"draft", "delete", id, "--no-input"}).exit_code == 2);
    CHECK(world.home.run({"draft", "delete", id, "--yes"}).exit_code == 0);
    REQUIRE(world.home.run({"sync"}).exit_code == 0);
    CHECK(world.home.json({"draft", "list", "-a", provider.address}).empty());
  }
  CHECK(world.home.run({"draft", "delete", "d9", "--yes"}).exit_code == 5);
  CHECK(world.home.run({"draft", "save", "7"}).exit_code == 2);
}
