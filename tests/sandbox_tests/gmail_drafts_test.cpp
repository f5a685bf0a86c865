#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

namespace {

std::string outgoing(const std::string& subject, const std::string& extra = "") {
  return "From: anna@gmail.test\r\nTo: Bob <bob@gmail.test>, Carl <carl@example.org>\r\nBcc: "
         "dora@example.org\r\nSubject: " +
         subject + "\r\nMessage-ID: <mine@client.test>\r\n" + extra + "\r\nbody\r\n";
}

json draft_body(const std::string& raw) {
  return {{"message", {{"raw", base64url(raw)}}}};
}

}  // namespace

TEST_CASE("a draft is created, read and listed, and its message carries DRAFT") {
  GmailFixture box;
  const auto created = box.post("drafts", draft_body(outgoing("Plan")));
  REQUIRE(created.status == 200);
  CHECK(created.json["message"]["labelIds"] == json({"DRAFT"}));
  const std::string id = created.json["id"];
  CHECK(id.starts_with("r"));
  const auto read = box.get("drafts/" + id + "?format=raw");
  CHECK(base64_decode(read.json["message"]["raw"].get<std::string>()) == outgoing("Plan"));
  const auto list = box.get("drafts").json["drafts"];
  REQUIRE(list.size() == 1);
  CHECK(list[0]["id"] == id);
  CHECK(list[0]["message"] ==
        json({{"id", created.json["message"]["id"]}, {"threadId", created.json["message"]["threadId"]}}));
}

TEST_CASE("every update of a draft gives its message a new id") {
  GmailFixture box;
  const auto created = box.post("drafts", draft_body(outgoing("one"))).json;
  const std::string id = created["id"];
  const auto updated = box.put("drafts/" + id, draft_body(outgoing("two"))).json;
  CHECK(updated["id"] == id);
  CHECK(updated["message"]["id"] != created["message"]["id"]);
  CHECK(updated["message"]["threadId"] == created["message"]["threadId"]);
  CHECK(box.get("messages/" + created["message"]["id"].get<std::string>()).status == 404);
  CHECK(box.get("drafts").json["drafts"].size() == 1);
}

TEST_CASE("sending a draft deletes it and makes a new SENT message with a Message-ID of Gmail's") {
  GmailFixture box;
  const auto draft = box.post("drafts", draft_body(outgoing("Plan"))).json;
  const auto sent = box.post("drafts/send", {{"id", draft["id"]}});
  REQUIRE(sent.status == 200);
  const std::string id = sent.json["id"];
  CHECK(id != draft["message"]["id"]);
  CHECK(sent.json["labelIds"] == json({"SENT"}));
  CHECK(sent.json["threadId"] == draft["message"]["threadId"]);
  CHECK(box.get("drafts/" + draft["id"].get<std::string>()).status == 404);
  CHECK(box.get("messages/" + draft["message"]["id"].get<std::string>()).status == 404);
  const auto headers =
      box.get("messages/" + id + "?format=metadata&metadataHeaders=Message-ID").json["payload"]["headers"];
  REQUIRE(headers.size() == 1);
  CHECK(headers[0]["value"].get<std::string>().ends_with("@mail.gmail.com>"));
  CHECK(raw_of(box, id).find("mine@client.test") == std::string::npos);
  CHECK(box.post("drafts/send", {{"id", draft["id"]}}).status == 404);
}

TEST_CASE("a draft may be sent with new contents") {
  GmailFixture box;
  const auto draft = box.post("drafts", draft_body(outgoing("old"))).json;
  auto body = draft_body(outgoing("new"));
  body["id"] = draft["id"];
  const std::string id = box.post("drafts/send", body).json["id"];
  CHECK(raw_of(box, id).find("Subject: new") != std::string::npos);
}

TEST_CASE("what is sent reaches every recipient once, without Bcc, and is kept for the tests") {
  GmailFixture box;
  box.post("messages/send", {{"raw", base64url(outgoing("Plan"))}});
  REQUIRE(box.delivered.size() == 3);
  CHECK(box.delivered[0].to == "bob@gmail.test");
  CHECK(box.delivered[2].to == "dora@example.org");
  for (const auto& one : box.delivered) {
    CHECK(one.raw.find("dora@") == std::string::npos);
  }
  const auto sent = box.control("sent");
  REQUIRE(sent.size() == 1);
  CHECK(sent[0]["to"] == json({"bob@gmail.test", "carl@example.org"}));
  CHECK(sent[0]["bcc"] == json({"dora@example.org"}));
  CHECK(sent[0]["subject"] == "Plan");
  CHECK(sent[0]["from"] == "anna@gmail.test");
}

TEST_CASE("mail to oneself is one message, in SENT and in INBOX") {
  GmailFixture box;
  const auto reply =
      box.post("messages/send", {{"raw", base64url("To: ANNA@gmail.test\r\nSubject: x\r\n\r\nnote\r\n")}});
  CHECK(reply.json["labelIds"] == json({"SENT", "INBOX", "UNREAD"}));
  CHECK(box.delivered.empty());
}

TEST_CASE("a sender that is not the user's is replaced, an alias stays") {
  GmailFixture box;
  box.control("add_send_as", {{"email", "sales@example.org"}});
  const auto from = [&](const std::string& sender) {
    const auto raw = "From: " + sender + "\r\nTo: bob@gmail.test\r\n\r\nx\r\n";
    const std::string id = box.post("messages/send", {{"raw", base64url(raw)}}).json["id"];
    return box.get("messages/" + id + "?format=metadata&metadataHeaders=From").json["payload"]["headers"][0]["value"];
  };
  CHECK(from("boss@elsewhere.test") == "anna@gmail.test");
  CHECK(from("Sales <sales@example.org>") == "Sales <sales@example.org>");
}

TEST_CASE("send refuses messages without recipients, without contents and with bad base64") {
  GmailFixture box;
  CHECK(box.post("messages/send", {{"raw", base64url("Subject: x\r\n\r\nx")}}).message() ==
        "Recipient address required");
  CHECK(box.post("messages/send", {{"raw", base64url("To: nobody\r\n\r\nx")}}).message() == "Invalid To header");
  CHECK(box.post("messages/send", json::object()).status == 400);
  CHECK(box.post("messages/send", {{"raw", "!!"}}).status == 400);
  CHECK(box.control("sent").empty());
  CHECK(box.search("").empty());
}

TEST_CASE("a reply joins its thread only with threadId, References and the same subject together") {
  GmailFixture box;
  const auto original = box.deliver(mail("Plan", "x", "Message-ID: <1@example.org>\r\n"));
  const auto thread_of = [&](const std::string& raw, bool with_thread) {
    json body = {{"raw", base64url(raw)}};
    if (with_thread) {
      body["threadId"] = original;
    }
    return box.post("messages/send", body).json["threadId"].get<std::string>();
  };
  const std::string reference = "In-Reply-To: <1@example.org>\r\nReferences: <1@example.org>\r\n";
  CHECK(thread_of(outgoing("Re: Plan", reference), true) == original);
  CHECK(thread_of(outgoing("Re: Plan", reference), false) != original);
  CHECK(thread_of(outgoing("Re: Plan"), true) != original);
  CHECK(thread_of(outgoing("Re: Other", reference), true) != original);
  CHECK(box.post("messages/send", {{"raw", base64url(outgoing("x"))}, {"threadId", "18c0000000ffffff"}}).status == 404);
}

TEST_CASE("drafts take no labels, and deleting a draft deletes its message for good") {
  GmailFixture box;
  auto body = draft_body(outgoing("x"));
  body["message"]["labelIds"] = {"STARRED"};
  CHECK(box.post("drafts", body).status == 400);
  const auto draft = box.post("drafts", draft_body(outgoing("x"))).json;
  const std::string message = draft["message"]["id"];
  const std::string label = box.post("labels", {{"name", "Work"}}).json["id"];
  CHECK(box.post("messages/" + message + "/modify", {{"addLabelIds", {label}}}).status == 400);
  CHECK(box.erase("drafts/" + draft["id"].get<std::string>()).status == 204);
  CHECK(box.get("messages/" + message).status == 404);
  CHECK(!box.get("drafts").json.contains("drafts"));
}

TEST_CASE("trashing a draft's message keeps the draft, deleting the message ends it") {
  GmailFixture box;
  const auto draft = box.post("drafts", draft_body(outgoing("x"))).json;
  const std::string id = draft["id"];
  const std::string message = draft["message"]["id"];
  box.post("messages/" + message + "/trash");
  CHECK(box.get("drafts/" + id).status == 200);
  CHECK(!box.get("drafts").json.contains("drafts"));
  CHECK(box.get("drafts?includeSpamTrash=true").json["drafts"].size() == 1);
  box.erase("messages/" + message);
  CHECK(box.get("drafts/" + id).status == 404);
}

TEST_CASE("drafts are listed in pages and searched") {
  GmailFixture box;
  for (const char* subject : {"apple", "banana", "cherry"}) {
    box.post("drafts", draft_body(outgoing(subject)));
  }
  const auto page = box.get("drafts?maxResults=2").json;
  CHECK(page["drafts"].size() == 2);
  const auto rest = box.get("drafts?maxResults=2&pageToken=" + page["nextPageToken"].get<std::string>()).json;
  CHECK(rest["drafts"].size() == 1);
  CHECK(!rest.contains("nextPageToken"));
  CHECK(box.get("drafts?q=subject:banana").json["drafts"].size() == 1);
}
