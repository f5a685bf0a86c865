#include <doctest/doctest.h>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

json recipient(const std::string& address) {
  return {{"emailAddress", {{"address", address}}}};
}

json letter() {
  return {{"subject", "Grüße"},
          {"body", {{"contentType", "html"}, {"content", "<p>Hallo</p>"}}},
          {"toRecipients", {recipient("bob@example.com")}},
          {"bccRecipients", {recipient("secret@example.com")}},
          {"internetMessageHeaders", {{{"name", "X-Note"}, {"value", "1"}}}}};
}

const std::string kRaw =
    "From: Anna <anna@outlook.test>\r\nTo: bob@example.com\r\nBcc: secret@example.com\r\nSubject: Raw\r\n"
    "Message-ID: <raw-1@client.test>\r\nX-Marker: 77\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nText\r\n";

}  // namespace

TEST_CASE("a JSON draft can be made, changed and sent, and reappears in Sent Items under a new id") {
  Graph graph;
  const auto made = graph.post("/me/messages", letter());
  REQUIRE(made.status == 201);
  CHECK(made.body["isDraft"] == true);
  CHECK(made.body["subject"] == "Grüße");
  CHECK(made.body["body"]["contentType"] == "html");
  CHECK(made.body["bccRecipients"][0]["emailAddress"]["address"] == "secret@example.com");
  CHECK(made.body["parentFolderId"] == graph.folder_id("drafts"));
  const std::string id = made.body["id"];
  const std::string message_id = made.body["internetMessageId"];
  CHECK_FALSE(message_id.empty());
  const auto changed =
      graph.patch("/me/messages/" + id, {{"subject", "Besser"}, {"ccRecipients", {recipient("c@example.com")}}});
  CHECK(changed.body["subject"] == "Besser");
  CHECK(changed.body["internetMessageId"] == message_id);
  CHECK(changed.body["body"]["content"].get<std::string>().find("Hallo") != std::string::npos);

  graph.patch("/me/messages/" + id, {{"importance", "high"}});
  const auto sent = graph.call("POST", "/me/messages/" + id + "/send", "", {{"Content-Length", "0"}});
  CHECK(sent.status == 202);
  CHECK(sent.text.empty());
  CHECK(graph.get("/me/messages/" + id).status == 404);
  const auto copies = graph.get("/me/mailFolders/sentitems/messages").body["value"];
  REQUIRE(copies.size() == 1);
  CHECK(copies[0]["internetMessageId"] == message_id);
  CHECK(copies[0]["id"] != id);
  CHECK(copies[0]["isDraft"] == false);
  CHECK(copies[0]["importance"] == "high");
  CHECK(copies[0]["bccRecipients"].size() == 1);
  REQUIRE(graph.delivered.size() == 3);
  CHECK(graph.delivered[0].first == "bob@example.com");
  CHECK(graph.delivered[2].first == "secret@example.com");
  CHECK(graph.delivered[0].second.find("secret@") == std::string::npos);
  CHECK(graph.delivered[0].second.find("X-Note: 1") != std::string::npos);
  const auto records = graph.control("sent");
  REQUIRE(records.size() == 1);
  CHECK(records[0]["message_id"] == message_id);
  CHECK(records[0]["bcc"] == json({"secret@example.com"}));
  CHECK(records[0]["id"] == copies[0]["id"]);
}

TEST_CASE("a MIME draft keeps its bytes") {
  Graph graph;
  const auto made = graph.mime("POST", "/me/messages", kRaw);
  REQUIRE(made.status == 201);
  CHECK(made.body["internetMessageId"] == "<raw-1@client.test>");
  const std::string id = made.body["id"];
  CHECK(graph.get("/me/messages/" + id + "/$value").text.ends_with(kRaw));
  std::string other = kRaw;
  other.replace(other.find("Subject: Raw"), 12, "Subject: New");
  CHECK(graph.mime("PUT", "/me/messages/" + id + "/$value", other).body["subject"] == "New");
  CHECK(graph.call("POST", "/me/messages/" + id + "/send").status == 202);
  CHECK(graph.delivered.size() == 2);
  CHECK(graph.delivered[0].second.find("X-Marker: 77") != std::string::npos);
}

TEST_CASE("MIME must be standard base64") {
  Graph graph;
  for (const auto* bad : {"not base64 at all!", "RnJvbTo_", "abc"}) {
    CAPTURE(bad);
    const auto answer = graph.call("POST", "/me/messages", bad, {{"Content-Type", "text/plain"}});
    CHECK(answer.status == 400);
    CHECK(answer.code() == "ErrorMimeContentInvalidBase64String");
  }
}

TEST_CASE("sendMail takes JSON and MIME, answers 202 with nothing, and can leave no copy") {
  Graph graph;
  CHECK(graph.post("/me/sendMail", {{"message", letter()}}).status == 202);
  CHECK(graph.mime("POST", "/me/sendMail", kRaw).status == 202);
  CHECK(graph.post("/me/sendMail", {{"Message", letter()}, {"SaveToSentItems", false}}).status == 202);
  CHECK(graph.get("/me/mailFolders/sentitems").body["totalItemCount"] == 2);
  CHECK(graph.control("sent").size() == 3);
  CHECK(graph.post("/me/sendMail", {{"message", letter()}, {"save", true}}).status == 400);
  CHECK(graph.post("/me/sendMail", json::object()).status == 400);
}

TEST_CASE("nothing is sent without recipients or in another's name") {
  Graph graph;
  auto nobody = letter();
  nobody.erase("toRecipients");
  nobody.erase("bccRecipients");
  CHECK(graph.post("/me/sendMail", {{"message", nobody}}).code() == "ErrorInvalidRecipients");
  auto broken = letter();
  broken["toRecipients"] = {recipient("not an address")};
  CHECK(graph.post("/me/sendMail", {{"message", broken}}).code() == "ErrorInvalidRecipients");
  auto other = letter();
  other["from"] = recipient("boss@outlook.test");
  const auto denied = graph.post("/me/sendMail", {{"message", other}});
  CHECK(denied.status == 403);
  CHECK(denied.code() == "ErrorSendAsDenied");
  std::string raw = kRaw;
  raw.replace(0, raw.find("\r\n"), "From: boss@outlook.test");
  CHECK(graph.mime("POST", "/me/sendMail", raw).status == 202);
  CHECK(graph.control("sent")[0]["from"] == kAnna);
  CHECK(graph.delivered.size() == 2);
}

TEST_CASE("sent mail can take its time in the Outbox") {
  GraphLimits limits;
  limits.sent_delay_seconds = 5;
  Graph graph(limits);
  CHECK(graph.mime("POST", "/me/sendMail", kRaw).status == 202);
  CHECK(graph.get("/me/mailFolders/outbox").body["totalItemCount"] == 1);
  CHECK(graph.delivered.empty());
  graph.now += std::chrono::seconds(5);
  CHECK(graph.get("/me/mailFolders/outbox").body["totalItemCount"] == 0);
  CHECK(graph.get("/me/mailFolders/sentitems/messages").body["value"][0]["internetMessageId"] == "<raw-1@client.test>");
  CHECK(graph.delivered.size() == 2);
}

TEST_CASE("a draft that was sent can linger where it was, and leaves even if it is deleted meanwhile") {
  Graph graph;
  graph.control("send_slowly", {{"seconds", 5}, {"in", "drafts"}});
  for (const bool deleted : {false, true}) {
    const auto before = graph.delivered.size();
    const std::string id = graph.mime("POST", "/me/messages", kRaw).body["id"];
    CHECK(graph.call("POST", "/me/messages/" + id + "/send").status == 202);
    CHECK(graph.get("/me/messages/" + id).body["isDraft"] == true);
    CHECK(graph.delivered.size() == before);
    if (deleted) CHECK(graph.call("DELETE", "/me/messages/" + id).status == 204);
    graph.now += std::chrono::seconds(5);
    CHECK(graph.get("/me/messages/" + id).status == 404);
    CHECK(graph.delivered.size() == before + 2);
  }
  CHECK(graph.get("/me/mailFolders/sentitems").body["totalItemCount"] == 2);
  CHECK(graph.get("/me/mailFolders/drafts").body["totalItemCount"] == 0);
}

TEST_CASE("replies and forwards quote, thread and address as their names say") {
  Graph graph;
  graph.control("deliver", {{"raw", "Cc: carl@example.com, anna@outlook.test\r\n" + plain_mail("question")}});
  const std::string id = graph.control("state")["messages"][0]["id"];
  const auto url = "/me/messages/" + id;
  const auto reply = graph.post(url + "/createReply", {{"comment", "Yes."}});
  REQUIRE(reply.status == 201);
  CHECK(reply.body["subject"] == "RE: question");
  CHECK(reply.body["toRecipients"][0]["emailAddress"]["address"] == "bob@example.com");
  CHECK(reply.body["ccRecipients"].empty());
  CHECK(reply.body["conversationId"] == graph.get(url).body["conversationId"]);
  CHECK(reply.body["bodyPreview"].get<std::string>().starts_with("Yes."));
  const auto all = graph.call("POST", url + "/microsoft.graph.createReplyAll");
  CHECK(all.body["ccRecipients"].size() == 1);
  const auto forward = graph.post(url + "/createForward", {{"toRecipients", {recipient("dora@example.com")}}});
  CHECK(forward.body["subject"] == "FW: question");
  CHECK(forward.body["toRecipients"][0]["emailAddress"]["address"] == "dora@example.com");
  CHECK(graph.post(url + "/createReply", {{"comment", "a"}, {"message", {{"body", {{"content", "b"}}}}}}).status ==
        400);
  CHECK(graph.post(url + "/reply", {{"comment", "Sent."}}).status == 202);
  CHECK(graph.delivered.size() == 1);
  const auto verb =
      graph.get(url + "?$expand=" + percent_encode("singleValueExtendedProperties($filter=id eq 'Integer 0x1081')"));
  CHECK(verb.body["singleValueExtendedProperties"][0]["value"] == "102");
  CHECK(graph.mime("POST", url + "/createReply", kRaw).body["subject"] == "Raw");
}

TEST_CASE("received mail cannot be sent again, and drafts need their own headers' prefix") {
  Graph graph;
  CHECK(graph.call("POST", "/me/messages/" + graph.deliver("x") + "/send").status == 400);
  auto bad = letter();
  bad["internetMessageHeaders"][0]["name"] = "In-Reply-To";
  CHECK(graph.post("/me/messages", bad).status == 400);
}

TEST_CASE("mail can be imported as not a draft through extended properties") {
  Graph graph;
  auto body = letter();
  body["receivedDateTime"] = "2001-01-01T00:00:00Z";  // read-only, and ignored
  body["singleValueExtendedProperties"] = {{{"id", "Integer 0x0E07"}, {"value", "1"}},
                                           {{"id", "SystemTime 0x0E06"}, {"value", "2020-05-04T10:00:00Z"}}};
  const auto made = graph.post("/me/mailFolders/archive/messages", body);
  REQUIRE(made.status == 201);
  CHECK(made.body["isDraft"] == false);
  CHECK(made.body["isRead"] == true);
  CHECK(made.body["receivedDateTime"] == "2020-05-04T10:00:00Z");
  CHECK(made.body["parentFolderId"] == graph.folder_id("archive"));
}
