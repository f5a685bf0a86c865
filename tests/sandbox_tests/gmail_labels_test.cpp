#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

TEST_CASE("labels.list has the system labels without counts, labels.get has counts") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  box.deliver(mail("b"), {{"unread", false}});
  std::set<std::string> ids;
  const auto list = box.get("labels").json["labels"];
  for (const auto& label : list) {
    ids.insert(label["id"]);
    CHECK(label["type"] == "system");
    CHECK(!label.contains("messagesTotal"));
  }
  for (const char* name :
       {"INBOX", "SENT", "DRAFT", "TRASH", "SPAM", "STARRED", "UNREAD", "IMPORTANT", "CHAT", "CATEGORY_PERSONAL",
        "CATEGORY_SOCIAL", "CATEGORY_PROMOTIONS", "CATEGORY_UPDATES", "CATEGORY_FORUMS"}) {
    CHECK(ids.count(name) == 1);
  }
  const auto inbox = box.get("labels/INBOX").json;
  CHECK(inbox["messagesTotal"] == 2);
  CHECK(inbox["messagesUnread"] == 1);
  CHECK(inbox["threadsTotal"] == 2);
  CHECK(inbox["threadsUnread"] == 1);
}

TEST_CASE("a label is created, used, renamed by patch under the same id, and deleted from its messages") {
  GmailFixture box;
  const auto created = box.post(
      "labels", {{"name", "Work/2026"}, {"labelListVisibility", "labelShow"}, {"messageListVisibility", "show"}});
  REQUIRE(created.status == 200);
  const std::string label = created.json["id"];
  CHECK(label.starts_with("Label_"));
  CHECK(created.json["type"] == "user");
  const auto id = box.deliver(mail("a"));
  box.post("messages/" + id + "/modify", {{"addLabelIds", {label}}});
  const auto renamed = box.patch("labels/" + label, {{"name", "Work/old"}});
  CHECK(renamed.json["name"] == "Work/old");
  CHECK(renamed.json["id"] == label);
  CHECK(renamed.json["labelListVisibility"] == "labelShow");
  CHECK(box.search("label:work-old") == std::vector{id});
  CHECK(box.erase("labels/" + label).status == 204);
  CHECK(!has(labels_of(box, id), label));
  CHECK(box.get("labels/" + label).status == 404);
}

TEST_CASE("names that exist, in any case, are a conflict; reserved and malformed ones are invalid") {
  GmailFixture box;
  const std::string first = box.post("labels", {{"name", "Work"}}).json["id"];
  const auto again = box.post("labels", {{"name", "work"}});
  CHECK(again.status == 409);
  CHECK(again.message() == "Label name exists or conflicts");
  for (const char* name : {"inbox", "Drafts", "archive", "chats", "bin", "", "/x", "a//b", " a"}) {
    CAPTURE(name);
    const auto reply = box.post("labels", {{"name", name}});
    CHECK(reply.status == 400);
    CHECK(reply.message() == "Invalid label name");
  }
  const std::string second = box.post("labels", {{"name", "Other"}}).json["id"];
  CHECK(box.patch("labels/" + second, {{"name", "WORK"}}).status == 409);
  CHECK(box.patch("labels/" + first, {{"name", "WORK"}}).status == 200);
}

TEST_CASE("colours come in pairs from the palette, for user labels only") {
  GmailFixture box;
  const auto good =
      box.post("labels", {{"name", "a"}, {"color", {{"textColor", "#ffffff"}, {"backgroundColor", "#16a766"}}}});
  CHECK(good.json["color"]["backgroundColor"] == "#16a766");
  CHECK(box.post("labels", {{"name", "b"}, {"color", {{"textColor", "#ffffff"}}}}).status == 400);
  const auto off =
      box.post("labels", {{"name", "b"}, {"color", {{"textColor", "#ffffff"}, {"backgroundColor", "#123456"}}}});
  CHECK(off.message() == "Label color #123456 is not on the allowed color palette");
  CHECK(box.patch("labels/INBOX", {{"color", {{"textColor", "#ffffff"}, {"backgroundColor", "#16a766"}}}}).status ==
        400);
}

TEST_CASE("system labels cannot be deleted or renamed") {
  GmailFixture box;
  CHECK(box.erase("labels/INBOX").status == 400);
  CHECK(box.patch("labels/INBOX", {{"name", "x"}}).status == 400);
  CHECK(box.erase("labels/Label_9").status == 404);
}

TEST_CASE("update replaces: what is left out goes back to the default") {
  GmailFixture box;
  const std::string id = box.post("labels", {{"name", "a"}, {"labelListVisibility", "labelHide"}}).json["id"];
  const auto reply = box.put("labels/" + id, {{"id", id}, {"name", "b"}, {"messageListVisibility", "hide"}});
  CHECK(reply.json["name"] == "b");
  CHECK(reply.json["labelListVisibility"] == "labelShow");
  CHECK(reply.json["messageListVisibility"] == "hide");
  CHECK(box.put("labels/" + id, {{"name", "b"}, {"labelListVisibility", "sometimes"}}).status == 400);
}

TEST_CASE("send-as addresses and other settings can be read") {
  GmailFixture box;
  box.control("add_send_as", {{"email", "sales@example.org"}, {"name", "Sales"}});
  const auto list = box.get("settings/sendAs").json["sendAs"];
  REQUIRE(list.size() == 2);
  CHECK(list[0]["isPrimary"] == true);
  CHECK(list[0]["sendAsEmail"] == "anna@gmail.test");
  CHECK(list[1]["verificationStatus"] == "accepted");
  CHECK(box.get("settings/sendAs/sales%40example.org").json["displayName"] == "Sales");
  CHECK(box.get("settings/sendAs/nobody%40example.org").status == 404);
  CHECK(box.get("settings/vacation").json["enableAutoReply"] == false);
  CHECK(!box.get("settings/filters").json.contains("filter"));
  CHECK(box.get("settings/imap").status == 200);
}

TEST_CASE("settings are changed with the settings scope only") {
  GmailFixture box;
  const json vacation = {{"enableAutoReply", true}, {"responseSubject", "away"}, {"startTime", 1790000000000}};
  CHECK(box.put("settings/vacation", vacation).status == 403);
  box.session.scopes.insert(std::string(kScopeBase) + "settings.basic");
  CHECK(box.put("settings/vacation", vacation).json["startTime"] == "1790000000000");
  CHECK(box.get("settings/vacation").json["responseSubject"] == "away");
  const json filter = {{"criteria", {{"from", "x@example.org"}}}, {"action", {{"addLabelIds", {"TRASH"}}}}};
  const std::string id = box.post("settings/filters", filter).json["id"];
  CHECK(box.get("settings/filters/" + id).json["criteria"]["from"] == "x@example.org");
  CHECK(box.get("settings/filters").json["filter"].size() == 1);
  CHECK(box.post("settings/filters", filter).status == 400);
  CHECK(box.erase("settings/filters/" + id).status == 204);
  CHECK(box.get("settings/filters/" + id).status == 404);
}
