// Drafts of the mailboxes: sent as they are, once, and left alone where nothing was changed.
#include "tests/e2e/editor_desk.h"

using namespace mailmgr::test;

namespace {

std::string remote_id(const EditorDesk& world, const std::string& number) {
  return world.home.json({"show", number}).at(0)["remote_id"];
}

}  // namespace

TEST_CASE("a draft of a mailbox is sent with its HTML, its headers and what it is in the mailbox") {
  const EditorDesk world;
  const auto html = world.home.folder().write("mail.html", "<p>The <b>plan</b>.</p>");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto number = world.mailbox_draft(provider, {"--html", html, "--header", "X-Project: 7"});
    const auto sent = world.home.json({"draft", "send", number}).at(0);
    CHECK(sent["state"] == "sent");
    CHECK(holds(world.last_sent(provider), "<b>plan</b>"));
    CHECK(holds(world.last_sent(provider), "X-Project: 7"));
    world.sync();
    CHECK(world.drafts(provider).empty());
    CHECK(world.sent(provider) == 1);
  }
}

TEST_CASE("a draft that is closed unchanged stays as it is in the mailbox, and no copy of it here") {
  const EditorDesk world;
  const auto html = world.home.folder().write("mail.html", "<p>The <b>plan</b>.</p>");
  const auto nothing = world.editor("echo >> \"$1\"");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto number = world.mailbox_draft(provider, {"--html", html});
    const auto id = remote_id(world, number);
    CHECK(world.on_terminal("draft edit " + number, "", nothing).exit_code == 0);
    world.sync();
    const auto left = world.drafts(provider);
    REQUIRE(left.size() == 1);
    CHECK(left[0]["place"] == "mailbox");
    CHECK(remote_id(world, left[0]["id"]) == id);
    CHECK(holds(world.home.json({"show", number}).at(0)["body_html"], "<b>plan</b>"));
  }
}

TEST_CASE("a draft that was sent or changed elsewhere is neither sent nor edited before a sync") {
  const EditorDesk world;
  const auto editor = world.editor("echo More. >> \"$1\"");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto number = world.mailbox_draft(provider, {"--body", "The plan."});
    const Json changed = world.sandbox.post(
        mailbox(provider, "edit_draft"),
        {{"id", remote_id(world, number)}, {"raw", "To: eve@example.org\r\nSubject: Other\r\n\r\nOther.\r\n"}});
    const Ended other = world.home.run({"draft", "send", number});
    CHECK((other.exit_code == 5 || other.exit_code == 6));
    CHECK(holds(other.err, "mailmgr sync"));
    CHECK(world.on_terminal("draft edit " + number, "", editor).exit_code == other.exit_code);
    world.sandbox.post(mailbox(provider, "send_draft"), {{"id", changed["id"]}});
    CHECK(world.home.run({"draft", "send", number}).exit_code == 5);
    CHECK(world.sent(provider) == 1);
  }
}

TEST_CASE("a draft that is sent counts as sent where it cannot be tidied up, and is not sent again") {
  const EditorDesk world;
  const auto dies = world.editor("echo 'Changed.' >> \"$1\"; exit 3");
  for (const auto& provider : provider_cases()) {
    CAPTURE(provider.name);
    const auto number = world.mailbox_draft(provider, {"--body", "The plan."});
    CHECK(world.on_terminal("draft edit " + number, "", dies).exit_code == 7);
    std::string here;
    for (const auto& draft : world.drafts(provider)) {
      if (draft["place"] == "here") here = draft["id"];
    }
    REQUIRE_FALSE(here.empty());
    world.sandbox.post("/_sandbox/faults", {{"match", {{"method", "DELETE"}}}, {"action", {{"status", 400}}}});
    const Ended sent = world.home.run({"draft", "send", here});
    CHECK_MESSAGE(sent.exit_code == 0, sent.err);
    CHECK(holds(sent.err, "still in the mailbox"));
    CHECK(holds(world.last_sent(provider), "Changed."));
    world.sandbox.remove_faults();
    CHECK(world.home.json({"draft", "send", number}).at(0)["repeated"] == true);
    CHECK(world.sent(provider) == 1);
  }
}

TEST_CASE("a draft that is saved where the earlier one cannot be removed is saved once") {
  const EditorDesk world;
  const auto dies = world.editor("echo 'Changed.' >> \"$1\"; exit 3");
  const auto google = provider_cases().front();
  const auto number = world.mailbox_draft(google, {"--body", "The plan."});
  CHECK(world.on_terminal("draft edit " + number, "", dies).exit_code == 7);
  world.sandbox.post("/_sandbox/faults", {{"match", {{"method", "DELETE"}}}, {"action", {{"status", 400}}}});
  const Ended saved = world.home.run({"draft", "save", "d1"});
  CHECK(saved.exit_code == 0);
  CHECK(holds(saved.err, "in the mailbox as well"));
  CHECK(world.home.run({"draft", "save", "d1"}).exit_code == 5);
}
