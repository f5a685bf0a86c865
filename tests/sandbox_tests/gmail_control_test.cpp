#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

TEST_CASE("delivered mail may come as text or base64, into a folder, with marks and labels") {
  GmailFixture box;
  const std::string id = box.control(
      "deliver", {{"raw", mail("text")}, {"folder", "Lists/dev"}, {"starred", true}, {"labels", {"Work"}}})["id"];
  CHECK(raw_of(box, id) == mail("text"));
  CHECK(labels_of(box, id) == std::vector<std::string>{"STARRED", "UNREAD", "Label_1", "Label_2"});
  const auto state = box.control("state");
  REQUIRE(state["messages"].size() == 1);
  CHECK(state["messages"][0]["labels"] == json({"Lists/dev", "Work"}));
  CHECK(state["messages"][0]["folder"] == "archive");
  CHECK(state["messages"][0]["sha256"] == hex(sha256(mail("text"))));
  CHECK(state["messages"][0]["unread"] == true);
  CHECK(state["folders"].size() == 2);
}

TEST_CASE("marks, moves and labels appear in state and in history") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  const auto start = box.history_id();
  box.control("mark", {{"id", id}, {"unread", false}, {"starred", true}});
  box.control("create_folder", {{"name", "Work"}});
  box.control("move", {{"id", id}, {"folder", "Work"}});
  CHECK(labels_of(box, id) == std::vector<std::string>{"STARRED", "Label_1"});
  box.control("rename_folder", {{"name", "Work"}, {"to", "Done"}});
  box.control("label", {{"id", id}, {"label", "Extra"}});
  box.control("unlabel", {{"id", id}, {"label", "Done"}});
  const auto state = box.control("state")["messages"][0];
  CHECK(state["labels"] == json({"Extra"}));
  CHECK(box.get("history?startHistoryId=" + start).json["history"].size() == 4);
  box.control("move", {{"id", id}, {"folder", "trash"}});
  CHECK(box.control("state")["messages"][0]["folder"] == "trash");
  box.control("delete_folder", {{"name", "Done"}});
  box.control("delete", {{"id", id}});
  CHECK(box.control("state")["messages"].empty());
}

TEST_CASE("unknown verbs, arguments and things are refused with a reason") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  CHECK_THROWS_WITH_AS(box.control("explode"), "unknown verb explode", std::invalid_argument);
  CHECK_THROWS_WITH_AS(box.control("mark", {{"id", id}, {"read", true}}), "unknown argument read",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(box.control("mark"), "missing argument id", std::invalid_argument);
  CHECK_THROWS_WITH_AS(box.control("delete", {{"id", "99"}}), "no message 99", std::invalid_argument);
  CHECK_THROWS_WITH_AS(box.control("move", {{"id", id}, {"folder", "Nowhere"}}), "no folder or label Nowhere",
                       std::invalid_argument);
  CHECK_THROWS_AS(box.control("mark", {{"id", 5}}), std::invalid_argument);
  CHECK_THROWS_AS(box.control("create_folder", {{"name", "inbox"}}), std::invalid_argument);
  CHECK_THROWS_AS(box.service->control("nobody@gmail.test", "state", {}, box.now), std::invalid_argument);
}
