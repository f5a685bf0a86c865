#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

TEST_CASE("history tells of added, labelled, unlabelled and deleted messages in order, with growing gappy ids") {
  GmailFixture box;
  const auto start = box.history_id();
  const auto id = box.deliver(mail("a"));
  box.post("messages/" + id + "/modify", {{"addLabelIds", {"STARRED"}}, {"removeLabelIds", {"UNREAD"}}});
  box.post("messages/" + id + "/trash");
  box.erase("messages/" + id);
  const auto reply = box.get("history?startHistoryId=" + start).json;
  const auto& records = reply["history"];
  REQUIRE(records.size() == 4);
  CHECK(records[0]["messagesAdded"][0]["message"] ==
        json({{"id", id}, {"threadId", id}, {"labelIds", {"INBOX", "UNREAD"}}}));
  CHECK(records[1]["labelsAdded"][0]["labelIds"] == json({"STARRED"}));
  CHECK(records[1]["labelsRemoved"][0]["labelIds"] == json({"UNREAD"}));
  CHECK(records[2]["labelsAdded"][0]["labelIds"] == json({"TRASH"}));
  CHECK(records[2]["labelsRemoved"][0]["labelIds"] == json({"INBOX"}));
  CHECK(records[3]["messagesDeleted"][0]["message"]["id"] == id);
  CHECK(records[3]["messages"] == json::array({{{"id", id}, {"threadId", id}}}));
  std::uint64_t last = std::stoull(start);
  bool gap = false;
  for (const auto& record : records) {
    const auto here = std::stoull(record["id"].get<std::string>());
    CHECK(here > last);
    gap = gap || here > last + 1;
    last = here;
  }
  CHECK(gap);
  CHECK(reply["historyId"] == box.history_id());
}

TEST_CASE("nothing new is no history member at all") {
  GmailFixture box;
  box.deliver(mail("a"));
  const auto reply = box.get("history?startHistoryId=" + box.history_id()).json;
  CHECK(!reply.contains("history"));
  CHECK(!reply.contains("nextPageToken"));
  CHECK(reply["historyId"] == box.history_id());
}

TEST_CASE("a change that changes nothing leaves no history") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  const auto start = box.history_id();
  box.post("messages/" + id + "/modify", {{"addLabelIds", {"INBOX"}}});
  CHECK(box.history_id() == start);
}

TEST_CASE("labels come, change and go without history, but the mailbox's id moves") {
  GmailFixture box;
  const std::string label = box.post("labels", {{"name", "Work"}}).json["id"];
  const auto id = box.deliver(mail("a"), {{"labels", {"Work"}}});
  const auto start = box.history_id();
  box.patch("labels/" + label, {{"name", "Other"}});
  box.erase("labels/" + label);
  const auto reply = box.get("history?startHistoryId=" + start).json;
  CHECK(!reply.contains("history"));
  CHECK(reply["historyId"] != start);
  CHECK(!has(labels_of(box, id), label));
}

TEST_CASE("history is filtered by type and by label after its pages are cut") {
  GmailFixture box;
  const auto start = box.history_id();
  const auto id = box.deliver(mail("a"));
  for (int i = 0; i < 4; ++i) {
    box.control("mark", {{"id", id}, {"starred", i % 2 == 0}});
  }
  const auto other = box.deliver(mail("b"), {{"folder", "archive"}});
  const auto added = box.get("history?historyTypes=messageAdded&startHistoryId=" + start).json["history"];
  CHECK(added.size() == 2);
  CHECK(box.get("history?labelId=INBOX&historyTypes=messageAdded&startHistoryId=" + start).json["history"].size() == 1);
  const auto removed =
      box.get("history?labelId=STARRED&historyTypes=labelRemoved&startHistoryId=" + start).json["history"];
  CHECK(removed.size() == 2);

  std::string token;
  std::vector<std::string> seen;
  bool empty_page = false;
  do {
    const auto page = box.get("history?maxResults=2&historyTypes=messageAdded&startHistoryId=" + start +
                              (token.empty() ? "" : "&pageToken=" + token))
                          .json;
    empty_page = empty_page || (!page.contains("history") && page.contains("nextPageToken"));
    for (const auto& record : page.value("history", json::array())) {
      seen.push_back(record["messagesAdded"][0]["message"]["id"]);
    }
    token = page.value("nextPageToken", "");
  } while (!token.empty());
  CHECK(seen == std::vector{id, other});
  CHECK(empty_page);
}

TEST_CASE("a start that is too old or from the future is not found, a missing or bad one is invalid") {
  GmailFixture box;
  box.deliver(mail("a"));
  const auto start = box.history_id();
  CHECK(box.get("history?startHistoryId=5").status == 404);
  CHECK(box.get("history?startHistoryId=99999999999").status == 404);
  CHECK(box.get("history").status == 400);
  CHECK(box.get("history?startHistoryId=abc").status == 400);
  box.control("expire_cursors");
  const auto gone = box.get("history?startHistoryId=" + start);
  CHECK(gone.status == 404);
  CHECK(gone.reason() == "notFound");
  CHECK(box.get("history?startHistoryId=" + box.history_id()).status == 200);
}

TEST_CASE("the history id of the newest loaded message is a valid start") {
  GmailFixture box;
  std::vector<SourceMessage> messages(3);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i].raw = [] { return mail("x"); };
    messages[i].received = box.now - std::chrono::hours(i);
  }
  box.service->load("anna@gmail.test", std::move(messages));
  const std::string newest = box.get("messages").json["messages"][0]["id"];
  const std::string start = box.get("messages/" + newest + "?format=minimal").json["historyId"];
  CHECK(start == box.history_id());
  const auto id = box.deliver(mail("new"));
  CHECK(box.get("history?startHistoryId=" + start).json["history"][0]["messagesAdded"][0]["message"]["id"] == id);
}

TEST_CASE("updating a draft is a deletion and an addition in history") {
  GmailFixture box;
  const auto raw = base64url("To: bob@gmail.test\r\n\r\nx\r\n");
  const auto draft = box.post("drafts", {{"message", {{"raw", raw}}}}).json;
  const auto start = box.history_id();
  const auto updated = box.put("drafts/" + draft["id"].get<std::string>(), {{"message", {{"raw", raw}}}}).json;
  const auto records = box.get("history?startHistoryId=" + start).json["history"];
  REQUIRE(records.size() == 2);
  CHECK(records[0]["messagesAdded"][0]["message"]["id"] == updated["message"]["id"]);
  CHECK(records[1]["messagesDeleted"][0]["message"]["id"] == draft["message"]["id"]);
}
