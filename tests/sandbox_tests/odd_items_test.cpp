// What mailboxes hold besides ordinary mail, and drafts that change by other hands: the control verbs for them.
#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"
#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;
using test::Graph;
using test::plain_mail;

TEST_CASE("Gmail: a draft that is written on becomes another message of the same thread") {
  GmailFixture box;
  const auto first = box.deliver(mail("first"), {{"folder", "drafts"}});
  const auto thread = box.get("messages/" + first).json["threadId"];
  const auto start = box.history_id();
  const std::string second = box.control("edit_draft", {{"id", first}, {"raw", mail("second")}})["id"];
  CHECK(second != first);
  CHECK(box.get("messages/" + first).status == 404);
  CHECK(box.get("messages/" + second).json["threadId"] == thread);
  CHECK(raw_of(box, second) == mail("second"));
  CHECK(box.get("drafts").json["drafts"].size() == 1);
  const auto history = box.get("history?startHistoryId=" + start).json["history"];
  REQUIRE(history.size() == 2);
  CHECK(history[0]["messagesAdded"][0]["message"]["id"] == second);
  CHECK(history[1]["messagesDeleted"][0]["message"]["id"] == first);
}

TEST_CASE("Gmail: a draft that is sent is gone, and the sent message is another") {
  GmailFixture box;
  const auto draft = box.deliver(mail("x"), {{"folder", "drafts"}});
  const std::string sent = box.control("send_draft", {{"id", draft}})["id"];
  CHECK(sent != draft);
  CHECK(has(labels_of(box, sent), "SENT"));
  CHECK_FALSE(box.get("drafts").json.contains("drafts"));
  CHECK(box.control("sent").size() == 1);
  CHECK_THROWS_AS(box.control("send_draft", {{"id", sent}}), std::invalid_argument);
}

TEST_CASE("Gmail: a chat is listed unless left out, has no raw form, and is not in the state") {
  GmailFixture box;
  const auto chat = box.deliver(mail("chat"), {{"folder", "chats"}});
  const auto real = box.deliver(mail("mail"));
  CHECK(box.search("") == std::vector<std::string>{real, chat});
  CHECK(box.search("-in:chats") == std::vector<std::string>{real});
  CHECK_FALSE(box.get("messages/" + chat + "?format=raw").json.contains("raw"));
  CHECK(box.get("messages/" + chat + "?format=full").json.contains("payload"));
  CHECK(box.control("state")["messages"].size() == 1);
}

TEST_CASE("Graph: a draft that is written on keeps its id, and the folder's delta names it") {
  Graph graph;
  const auto draft = graph.deliver("first", "drafts");
  const auto before = graph.walk("/me/mailFolders/drafts/messages/delta");
  CHECK(graph.control("edit_draft", {{"id", draft}, {"raw", plain_mail("second")}})["id"] == draft);
  const auto changed = graph.walk(before.delta_link);
  REQUIRE(changed.items.size() == 1);
  CHECK(changed.items[0]["id"] == draft);
  CHECK(changed.items[0]["subject"] == "second");
  CHECK_THROWS_AS(graph.control("edit_draft", {{"id", graph.deliver("mail")}, {"raw", plain_mail("x")}}),
                  std::invalid_argument);
}

TEST_CASE("Graph: a draft that is sent is found in Sent Items by its Message-ID, under another id") {
  Graph graph;
  const auto mine = plain_mail("mine", "m1", "anna@outlook.test");
  const std::string draft = graph.control("deliver", {{"raw", mine}, {"folder", "drafts"}})["id"];
  graph.control("send_draft", {{"id", draft}});
  CHECK(graph.get("/me/messages/" + percent_encode(draft)).status == 404);
  const auto sent = graph.get("/me/mailFolders/sentitems/messages").body["value"];
  REQUIRE(sent.size() == 1);
  CHECK(sent[0]["internetMessageId"] == "<m1@example.com>");
  CHECK(sent[0]["id"] != draft);
}

TEST_CASE("Graph: an item's derived type is told wherever the item is") {
  Graph graph;
  const std::string id = graph.control("deliver", {{"raw", plain_mail("meet")}, {"type", "eventMessageRequest"}})["id"];
  CHECK(graph.get("/me/messages/" + percent_encode(id)).body["@odata.type"] == "#microsoft.graph.eventMessageRequest");
  const auto walk = graph.walk("/me/mailFolders/inbox/messages/delta?$select=id");
  REQUIRE(walk.items.size() >= 1);
  CHECK(walk.items[0]["@odata.type"] == "#microsoft.graph.eventMessageRequest");
}

TEST_CASE("Graph: a message may have no MIME, in each of the ways that were seen, and everything else") {
  Graph graph;
  const auto id = graph.deliver("odd");
  const auto path = "/me/messages/" + percent_encode(id);
  CHECK(graph.get(path + "/$value").text.find("Subject: odd") != std::string::npos);
  for (const int status : {404, 500, 200}) {
    graph.control("no_mime", {{"id", id}, {"status", status}});
    const auto value = graph.get(path + "/$value");
    CHECK(value.status == status);
    CHECK(value.text.find("Subject: odd") == std::string::npos);
    CHECK(graph.get(path).body["subject"] == "odd");
  }
  graph.control("no_mime", {{"id", id}, {"status", 0}});
  CHECK(graph.get(path + "/$value").text.find("Subject: odd") != std::string::npos);
  CHECK_THROWS_AS(graph.control("no_mime", {{"id", id}, {"status", 99}}), std::invalid_argument);
}
