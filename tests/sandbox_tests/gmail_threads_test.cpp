#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

namespace {

// A question and its answer, delivered; the ids.
std::pair<std::string, std::string> conversation(GmailFixture& box) {
  const auto first = box.deliver(mail("Plan", "one", "Message-ID: <1@example.org>\r\n"));
  box.now += std::chrono::minutes(1);
  const auto second =
      box.deliver(mail("Re: Plan", "two", "Message-ID: <2@example.org>\r\nReferences: <1@example.org>\r\n"));
  return {first, second};
}

}  // namespace

TEST_CASE("a delivered answer joins the thread of what it refers to, if the subject is the same") {
  GmailFixture box;
  const auto [first, second] = conversation(box);
  CHECK(box.get("messages/" + second).json["threadId"] == first);
  const auto other = box.deliver(mail("Something else", "three", "References: <1@example.org>\r\n"));
  CHECK(box.get("messages/" + other).json["threadId"] == other);
  const auto stranger = box.deliver(mail("Plan"));
  CHECK(box.get("messages/" + stranger).json["threadId"] == stranger);
}

TEST_CASE("threads.get gives all messages, oldest first, in the format asked for but never raw") {
  GmailFixture box;
  const auto [first, second] = conversation(box);
  const auto thread = box.get("threads/" + first + "?format=minimal").json;
  REQUIRE(thread["messages"].size() == 2);
  CHECK(thread["messages"][0]["id"] == first);
  CHECK(thread["messages"][1]["id"] == second);
  CHECK(thread["historyId"] == thread["messages"][1]["historyId"]);
  CHECK(!thread["messages"][0].contains("payload"));
  CHECK(box.get("threads/" + first).json["messages"][0].contains("payload"));
  CHECK(box.get("threads/" + first + "?format=raw").status == 400);
  CHECK(box.get("threads/" + second).status == 404);
}

TEST_CASE("threads.list has each thread once, where its newest message stands") {
  GmailFixture box;
  const auto [first, second] = conversation(box);
  box.now += std::chrono::minutes(1);
  const auto newest = box.deliver(mail("Other"));
  const auto page = box.get("threads?maxResults=1").json;
  CHECK(page["threads"][0]["id"] == newest);
  const auto next = box.get("threads?maxResults=1&pageToken=" + page["nextPageToken"].get<std::string>()).json;
  REQUIRE(next["threads"].size() == 1);
  CHECK(next["threads"][0]["id"] == first);
  CHECK(next["threads"][0]["snippet"] == "two");
  CHECK(!next.contains("nextPageToken"));
}

TEST_CASE("modify, trash, untrash and delete act on every message of a thread") {
  GmailFixture box;
  const auto [first, second] = conversation(box);
  const auto modified = box.post("threads/" + first + "/modify", {{"removeLabelIds", {"UNREAD"}}});
  CHECK(modified.json["messages"].size() == 2);
  CHECK(labels_of(box, second) == std::vector<std::string>{"INBOX"});
  CHECK(box.post("threads/" + first + "/trash").status == 200);
  CHECK(has(labels_of(box, first), "TRASH"));
  CHECK(box.post("threads/" + first + "/untrash").status == 200);
  CHECK(!has(labels_of(box, second), "TRASH"));
  CHECK(box.erase("threads/" + first).status == 204);
  CHECK(box.get("messages/" + second).status == 404);
  CHECK(box.get("threads/" + first).status == 404);
}

TEST_CASE("loaded mail threads by its thread keys") {
  GmailFixture box;
  std::vector<SourceMessage> messages(3);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    messages[i].raw = [] { return mail("same"); };
    messages[i].received = box.now;
    messages[i].thread_key = i == 1 ? "b" : "a";
  }
  box.service->load("anna@gmail.test", std::move(messages));
  CHECK(box.get("profile").json["threadsTotal"] == 2);
  CHECK(box.get("profile").json["messagesTotal"] == 3);
}
