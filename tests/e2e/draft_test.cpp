// Messages that are written with an editor, by hand and across crashes, and drafts of the mailboxes.
#include <filesystem>
#include <iterator>

#include "tests/e2e/editor_desk.h"

using namespace mailmgr::test;

TEST_CASE("send without a text opens the editor and sends what was written") {
  const EditorDesk world;
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
  const EditorDesk world;
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
  const EditorDesk world;
  const auto breaks = world.editor("sed -i '1s/.*/nonsense/' \"$1\"");
  const auto ended = world.on_terminal("send --to bob@example.org --subject Report -a a@gmail.test", "", breaks);
  CHECK(ended.exit_code == 2);
  CHECK(ended.out.find("line 1") != std::string::npos);
  CHECK(ended.out.find("draft edit d1") != std::string::npos);
}

TEST_CASE("a draft begun by a script goes to the mailbox, comes back with a sync, is edited there and sent") {
  const EditorDesk world;
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
  const EditorDesk world;
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

TEST_CASE("a message that the editor makes a draft of the mailbox is there alone") {
  const EditorDesk world;
  const auto editor = world.editor("echo 'Written by hand.' >> \"$1\"");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto ended = world.on_terminal("send --draft -a " + provider.address + " --to bob@example.org --subject Plan",
                                         "s\n", editor);
    CHECK_MESSAGE(ended.exit_code == 0, ended.out);
    CHECK(holds(ended.out, "[s]ave it in the mailbox"));
    world.sync();
    const auto drafts = world.drafts(provider);
    REQUIRE(drafts.size() == 1);
    CHECK(drafts[0]["place"] == "mailbox");
    CHECK(world.sent(provider) == 0);
  }
}

TEST_CASE("an interrupt while the editor has the terminal is the editor's alone; SIGTERM lets it save first") {
  const EditorDesk world;
  const auto google = provider_cases().front();
  const std::string words = "send -a " + google.address + " --to bob@example.org --subject Report";
  const auto interrupts = world.editor("kill -INT $PPID; kill -QUIT $PPID; echo 'Written.' >> \"$1\"");
  CHECK(world.on_terminal(words, "s\n", interrupts).exit_code == 0);
  CHECK(world.sent(google) == 1);
  const auto ends =
      world.editor("trap 'echo \"Saved late.\" >> \"$1\"; exit 0' TERM\nkill -TERM $PPID\nwhile :; do :; done");
  CHECK(world.on_terminal(words, "", ends).exit_code == 143);
  CHECK(holds(world.home.json({"draft", "show", "d2"}).at(0)["text"], "Saved late."));
}

TEST_CASE("what the editor saved before mailmgr was killed is taken back") {
  const EditorDesk world;
  const auto kills = world.editor("echo 'Saved.' >> \"$1\"; kill -KILL $PPID");
  CHECK(world.on_terminal("send --to bob@example.org --subject Report -a a@gmail.test", "", kills).exit_code != 0);
  std::string left;
  for (const auto& entry : std::filesystem::directory_iterator(world.home.path() + "/data")) {
    if (holds(entry.path().filename().string(), "editing-d1-")) left = entry.path().string();
  }
  REQUIRE_FALSE(left.empty());
  Start unlocked = world.home.start({});  // once the editor has ended, too
  unlocked.argv = {"/usr/bin/flock", left, "/bin/true"};
  REQUIRE(run(unlocked).exit_code == 0);
  CHECK(holds(world.home.json({"draft", "show", "d1"}).at(0)["text"], "Saved."));
  CHECK_FALSE(std::filesystem::exists(left));
}

TEST_CASE("a purge takes along what a killed editor left beside its text") {
  const EditorDesk world;
  const auto kills = world.editor("cp \"$1\" \"$1.swp\"; kill -KILL $PPID");
  CHECK(world.on_terminal("send --to bob@example.org --subject Report -a a@gmail.test", "", kills).exit_code != 0);
  const auto left = [&] {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(world.home.path() + "/data")) {
      if (holds(entry.path().filename().string(), "editing-")) found = entry.path().string();
    }
    return found;
  };
  REQUIRE_FALSE(left().empty());
  Start unlocked = world.home.start({});
  unlocked.argv = {"/usr/bin/flock", left(), "/bin/true"};
  REQUIRE(run(unlocked).exit_code == 0);
  CHECK(world.home.run({"account", "disconnect", "a@gmail.test", "--purge", "--yes"}).exit_code == 0);
  CHECK(left() == "");
}

TEST_CASE("an unfinished message is gone on with only where a person says so") {
  const EditorDesk world;
  const std::string words = "send -a a@gmail.test --to bob@example.org --subject ";
  CHECK(world.on_terminal(words + "First", "k\n", world.editor("echo 'One.' >> \"$1\"")).exit_code == 0);
  const auto second = world.on_terminal(words + "Second", "\nk\n", world.editor("echo 'Two.' >> \"$1\""));
  CHECK(second.exit_code == 0);
  CHECK(holds(world.home.json({"draft", "show", "d1"}).at(0)["text"], "Subject: First"));
  CHECK(holds(world.home.json({"draft", "show", "d2"}).at(0)["text"], "Subject: Second"));
}

TEST_CASE("an answer that is being written is sent as one after its original has left the store") {
  const EditorDesk world;
  const auto editor = world.editor("echo 'I come.' >> \"$1\"");
  for (const auto& provider : provider_cases()) {
    // Of one conversation another message is left, of the other none.
    for (const std::string topic : {"Round", "Alone"}) {
      CAPTURE(provider.name);
      CAPTURE(topic);
      const Json delivered = world.sandbox.post(mailbox(provider, "deliver"), {{"raw", mail(topic)}});
      if (topic == "Round") {
        const auto more = "In-Reply-To: <Round@example.org>\r\nReferences: <Round@example.org>\r\n" + mail("Re: Round");
        world.sandbox.post(mailbox(provider, "deliver"), {{"raw", more}});
      }
      world.sync();
      const auto found = world.home.json({"search", "-a", provider.address, "rfc822msgid:" + topic + "@example.org"});
      REQUIRE(found.size() == 1);
      const std::string number = found[0]["id"].dump();
      const auto kept = world.on_terminal("reply " + number, "k\n", editor);
      CHECK_MESSAGE(kept.exit_code == 0, kept.out);
      world.sandbox.post(mailbox(provider, "delete"), {{"id", delivered["id"]}});
      world.sync();
      REQUIRE(world.home.run({"show", number}).exit_code == 5);
      const std::string id = world.drafts(provider).at(0)["id"];
      CHECK_FALSE(holds(world.home.json({"draft", "show", id}).at(0)["text"], "In-Reply-To"));
      const Ended sent = world.home.run({"draft", "send", id, "--json"});
      REQUIRE_MESSAGE(sent.exit_code == 0, sent.err);
      CHECK(holds(world.last_sent(provider), "In-Reply-To: <" + topic + "@example.org>"));
      CHECK(holds(world.last_sent(provider), "References: <" + topic + "@example.org>"));
    }
  }
}

TEST_CASE("the editor's screen is not what the command prints") {
  const EditorDesk world;
  const auto file = world.home.path() + "/told";
  const auto editor = world.editor("echo SCREEN; echo 'Written.' >> \"$1\"");
  const auto ended =
      world.on_terminal("send --json -a a@gmail.test --to bob@example.org --subject Report > " + file, "k\n", editor);
  CHECK_MESSAGE(ended.exit_code == 0, ended.out);
  CHECK(holds(ended.out, "SCREEN"));
  std::ifstream told(file);
  const std::string text((std::istreambuf_iterator<char>(told)), {});
  CHECK(json_lines(text).at(0) == Json{{"state", "draft"}, {"draft", "d1"}});
}

TEST_CASE("the versions of a draft are kept, shown and gone on from; a signature stands in it; -n changes nothing") {
  const EditorDesk world;
  const auto& home = world.home;
  REQUIRE(home.run({"signature", "set", "work", "--body", "Ada Berg"}).exit_code == 0);
  REQUIRE(home.run({"draft", "new", "--to", "bob@example.org", "--body", "One.", "--signature", "work"}).exit_code ==
          0);
  CHECK(holds(home.json({"draft", "show", "d1"}).at(0)["text"], "-- \nAda Berg"));
  CHECK(world.on_terminal("draft edit d1", "", world.editor("echo 'Two.' >> \"$1\"")).exit_code == 0);
  CHECK(home.json({"draft", "show", "d1", "--versions"}).size() == 2);
  CHECK_FALSE(holds(home.run({"draft", "show", "d1", "--version", "1"}).out, "Two."));
  CHECK(home.run({"draft", "show", "d1", "--version", "9"}).exit_code == 5);
  CHECK(world.on_terminal("draft edit d1 --version 1", "", world.editor("echo 'Three.' >> \"$1\"")).exit_code == 0);
  const std::string text = home.json({"draft", "show", "d1"}).at(0)["text"];
  CHECK(holds(text, "Three."));
  CHECK_FALSE(holds(text, "Two."));
  CHECK(home.run({"draft", "save", "d1", "-n"}).out == "would save d1 in the mailbox\n");
  CHECK(home.run({"draft", "delete", "d1", "-n"}).out == "would delete d1\n");
  CHECK(home.run({"draft", "edit", "d1", "-n"}).out == "would edit d1\n");
  CHECK(home.json({"draft", "list"}).size() == 1);
}
