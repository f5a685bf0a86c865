#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

namespace {

std::string all_bytes() {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
  }
  return bytes;
}

SourceMessage source(std::string raw, Time received, std::string folder = "inbox") {
  SourceMessage message;
  message.received = received;
  message.folder = std::move(folder);
  message.raw = [raw = std::move(raw)] { return raw; };
  return message;
}

const std::string kMultipart =
    "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nTo: anna@gmail.test\r\nSubject: =?utf-8?B?w7xiZXI=?=\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n"
    "--a\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHi <you> & \"me\"\r\n--a\r\nContent-Type: "
    "text/html\r\n\r\n<p>Hi</p>\r\n--a--\r\n"
    "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"plan.pdf\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n--b--\r\n";

}  // namespace

TEST_CASE("raw gives back every byte of a message, base64url with padding") {
  GmailFixture box;
  for (const std::string& tail : {std::string("x"), std::string("xy"), std::string("xyz"), all_bytes()}) {
    const std::string raw = mail("bytes", tail);
    const auto id = box.deliver(raw);
    const auto reply = box.get("messages/" + id + "?format=raw");
    const std::string text = reply.json["raw"];
    CHECK(text.size() % 4 == 0);
    CHECK(text.find_first_of("+/") == std::string::npos);
    CHECK(base64_decode(text) == raw);
    CHECK(!reply.json.contains("payload"));
    CHECK(reply.json["sizeEstimate"] == raw.size());
  }
}

TEST_CASE("minimal has ids, labels, dates and snippet but no contents") {
  GmailFixture box;
  const auto id = box.deliver(mail("subject", "one <b> &\r\n\r\ntwo"));
  const auto reply = box.get("messages/" + id + "?format=minimal");
  CHECK(reply.json["id"] == id);
  CHECK(reply.json["threadId"] == id);
  CHECK(reply.json["snippet"] == "one &lt;b&gt; &amp; two");
  CHECK(reply.json["labelIds"] == json({"INBOX", "UNREAD"}));
  CHECK(reply.json["internalDate"] == "1790000000000");
  CHECK(reply.json["historyId"].is_string());
  CHECK(!reply.json.contains("payload"));
  CHECK(!reply.json.contains("raw"));
}

TEST_CASE("metadata has the headers asked for, in any case, decoded") {
  GmailFixture box;
  const auto id = box.deliver(kMultipart);
  const auto some = box.get("messages/" + id + "?format=metadata&metadataHeaders=SUBJECT&metadataHeaders=from");
  REQUIRE(some.json["payload"]["headers"].size() == 2);
  CHECK(some.json["payload"]["headers"][0]["value"] == "J\u00fcrgen <j@example.org>");
  CHECK(some.json["payload"]["headers"][1]["value"] == "\u00fcber");
  CHECK(some.json["payload"]["mimeType"] == "multipart/mixed");
  CHECK(!some.json["payload"].contains("parts"));
  CHECK(box.get("messages/" + id + "?format=METADATA").json["payload"]["headers"].size() == 4);
}

TEST_CASE("full has the tree of parts, text inline and attachments by id") {
  GmailFixture box;
  const auto id = box.deliver(kMultipart);
  const auto payload = box.get("messages/" + id).json["payload"];
  CHECK(payload["partId"] == "");
  REQUIRE(payload["parts"].size() == 2);
  const auto& text = payload["parts"][0]["parts"][0];
  CHECK(text["partId"] == "0.0");
  CHECK(base64_decode(text["body"]["data"].get<std::string>()) == "Hi <you> & \"me\"");
  const auto& pdf = payload["parts"][1];
  CHECK(pdf["partId"] == "1");
  CHECK(pdf["filename"] == "plan.pdf");
  CHECK(pdf["body"]["size"] == 4);
  CHECK(!pdf["body"].contains("data"));
}

TEST_CASE("attachment ids change on every get and all stay valid, for their own message only") {
  GmailFixture box;
  const auto id = box.deliver(kMultipart);
  const auto other = box.deliver(kMultipart);
  const auto attachment = [&] {
    return box.get("messages/" + id).json["payload"]["parts"][1]["body"]["attachmentId"].get<std::string>();
  };
  const auto first = attachment();
  const auto second = attachment();
  CHECK(first != second);
  for (const auto& one : {first, second}) {
    const auto reply = box.get("messages/" + id + "/attachments/" + one);
    CHECK(reply.json["size"] == 4);
    CHECK(base64_decode(reply.json["data"].get<std::string>()) == std::string("\0\1\2\3", 4));
  }
  CHECK(box.get("messages/" + other + "/attachments/" + first).status == 400);
  CHECK(box.get("messages/" + id + "/attachments/ANGjdJxxxx").status == 400);
}

TEST_CASE("list pages through all messages newest first and stays right when mail arrives in between") {
  GmailFixture box;
  std::vector<SourceMessage> messages;
  for (int i = 0; i < 1203; ++i) {
    messages.push_back(source(mail("n" + std::to_string(i)), box.now - std::chrono::hours(i % 7)));
  }
  box.service->load("anna@gmail.test", std::move(messages));
  std::set<std::string> seen;
  std::string token;
  int pages = 0;
  do {
    const auto page = box.get("messages?maxResults=1000" + (token.empty() ? "" : "&pageToken=" + token));
    REQUIRE(page.status == 200);
    CHECK(page.json["messages"].size() <= 500);
    for (const auto& message : page.json["messages"]) {
      CHECK(seen.insert(message["id"]).second);
    }
    token = page.json.value("nextPageToken", "");
    box.deliver(mail("arrives between two pages"), {{"received", to_rfc3339(box.now + std::chrono::hours(1))}});
    ++pages;
  } while (!token.empty());
  CHECK(seen.size() == 1203);
  CHECK(pages == 3);
}

TEST_CASE("a page token is refused when it is damaged or continues another request") {
  GmailFixture box;
  for (int i = 0; i < 3; ++i) {
    box.deliver(mail("x"));
  }
  const std::string token = box.get("messages?maxResults=1").json["nextPageToken"];
  CHECK(box.get("messages?maxResults=2&pageToken=" + token).status == 200);
  CHECK(box.get("messages?maxResults=1&labelIds=INBOX&pageToken=" + token).status == 400);
  CHECK(box.get("messages?maxResults=1&pageToken=x" + token).status == 400);
}

TEST_CASE("spam and trash are hidden unless asked for") {
  GmailFixture box;
  const auto inbox = box.deliver(mail("a"));
  const auto spam = box.deliver(mail("b"), {{"folder", "spam"}});
  const auto trash = box.deliver(mail("c"), {{"folder", "trash"}});
  CHECK(box.search("").size() == 1);
  CHECK(box.search("", "&includeSpamTrash=true").size() == 3);
  CHECK(box.search("-in:chats", "&includeSpamTrash=true").size() == 3);
  CHECK(box.search("in:anywhere").size() == 3);
  CHECK(box.search("in:trash") == std::vector{trash});
  CHECK(box.search("", "&labelIds=SPAM") == std::vector{spam});
  CHECK(box.search("", "&labelIds=INBOX&labelIds=UNREAD") == std::vector{inbox});
  CHECK(box.search("", "&labelIds=INBOX&labelIds=STARRED").empty());
  CHECK(box.get("messages?labelIds=Label_99").status == 400);
}

TEST_CASE("an empty list has no messages member") {
  GmailFixture box;
  const auto reply = box.get("messages");
  CHECK(!reply.json.contains("messages"));
  CHECK(reply.json["resultSizeEstimate"] == 0);
}

TEST_CASE("modify adds and removes labels and answers with the labels") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  const auto reply =
      box.post("messages/" + id + "/modify", {{"addLabelIds", {"STARRED"}}, {"removeLabelIds", {"UNREAD"}}});
  CHECK(reply.status == 200);
  CHECK(reply.json["labelIds"] == json({"INBOX", "STARRED"}));
  CHECK(!reply.json.contains("payload"));
}

TEST_CASE("modify refuses what Gmail refuses") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  const auto refused = [&](const json& body) {
    const auto reply = box.post("messages/" + id + "/modify", body);
    CHECK(reply.json["error"]["status"] == "INVALID_ARGUMENT");
    return reply.status == 400;
  };
  CHECK(refused({{"addLabelIds", {"CHAT"}}}));
  CHECK(refused({{"addLabelIds", {"SENT"}}}));
  CHECK(refused({{"removeLabelIds", {"DRAFT"}}}));
  CHECK(refused({{"addLabelIds", {"Label_7"}}}));
  CHECK(refused({{"addLabelIds", {"STARRED"}}, {"removeLabelIds", {"STARRED"}}}));
  CHECK(refused({{"addLabelIds", {"INBOX", "TRASH"}}}));
  CHECK(refused(json::object()));
  CHECK(refused({{"addLabelIds", std::vector<std::string>(101, "STARRED")}}));
  CHECK(box.post("messages/" + id + "/modify", {{"addLabelIds", {"CHAT"}}}).message() == "Invalid label: CHAT");
  CHECK(box.post("messages/1234/modify", {{"addLabelIds", {"STARRED"}}}).status == 404);
  CHECK(box.post("messages/no-id/modify", {{"addLabelIds", {"STARRED"}}}).status == 400);
}

TEST_CASE("batchModify changes up to 1000 messages, answers nothing and passes over unknown ids") {
  GmailFixture box;
  const auto a = box.deliver(mail("a"));
  const auto b = box.deliver(mail("b"));
  const auto reply =
      box.post("messages/batchModify", {{"ids", {a, "18c0000000ffffff", b}}, {"removeLabelIds", {"UNREAD"}}});
  CHECK(reply.status == 204);
  CHECK(reply.response.body.empty());
  CHECK(labels_of(box, a) == std::vector<std::string>{"INBOX"});
  CHECK(labels_of(box, b) == std::vector<std::string>{"INBOX"});
  CHECK(box.post("messages/batchModify", {{"ids", std::vector<std::string>(1001, a)}, {"addLabelIds", {"STARRED"}}})
            .status == 400);
  CHECK(box.post("messages/batchModify", {{"ids", json::array()}, {"addLabelIds", {"STARRED"}}}).status == 400);
}

TEST_CASE("trash moves a message out of the inbox, untrash does not bring it back there") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  CHECK(box.post("messages/" + id + "/trash").json["labelIds"] == json({"TRASH", "UNREAD"}));
  CHECK(box.post("messages/" + id + "/untrash").json["labelIds"] == json({"UNREAD"}));
}

TEST_CASE("delete is permanent and needs the full mail scope") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  box.session.scopes = {std::string(kScopeBase) + "modify"};
  const auto refused = box.erase("messages/" + id);
  CHECK(refused.status == 403);
  CHECK(refused.reason() == "insufficientPermissions");
  CHECK(refused.json["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT");
  box.session.scopes = {kMailScope};
  CHECK(box.erase("messages/" + id).status == 204);
  CHECK(box.get("messages/" + id).status == 404);
  CHECK(box.erase("messages/" + id).reason() == "notFound");
}

TEST_CASE("batchDelete removes what is there") {
  GmailFixture box;
  const auto a = box.deliver(mail("a"));
  CHECK(box.post("messages/batchDelete", {{"ids", {a, "18c0000000ffffff"}}}).status == 204);
  CHECK(box.search("").empty());
}

TEST_CASE("insert keeps the message as it is, with the labels given") {
  GmailFixture box;
  const std::string raw =
      mail("old", "text", "Message-ID: <old@example.org>\r\nDate: Mon, 05 Jan 2015 10:00:00 +0000\r\n");
  const auto reply =
      box.post("messages?internalDateSource=dateHeader", {{"raw", base64url(raw)}, {"labelIds", {"SENT"}}});
  REQUIRE(reply.status == 200);
  const std::string id = reply.json["id"];
  CHECK(raw_of(box, id) == raw);
  CHECK(labels_of(box, id) == std::vector<std::string>{"SENT"});
  CHECK(box.get("messages/" + id + "?format=minimal").json["internalDate"] == "1420452000000");
  CHECK(box.search("rfc822msgid:old@example.org") == std::vector{id});
  CHECK(box.post("messages", {{"raw", base64url(raw)}, {"labelIds", {"CHAT"}}}).status == 400);
}

TEST_CASE("import dates by the Date header unless told otherwise") {
  GmailFixture box;
  const std::string raw = mail("old", "text", "Date: Mon, 05 Jan 2015 10:00:00 +0000\r\n");
  const std::string by_header = box.post("messages/import?neverMarkSpam=true", {{"raw", base64url(raw)}}).json["id"];
  const std::string by_clock =
      box.post("messages/import?internalDateSource=receivedTime", {{"raw", base64url(raw)}}).json["id"];
  CHECK(box.get("messages/" + by_header).json["internalDate"] == "1420452000000");
  CHECK(box.get("messages/" + by_clock).json["internalDate"] == "1790000000000");
}

TEST_CASE("loaded mail stands under the labels of its folder, marks and label names") {
  GmailFixture box;
  std::vector<SourceMessage> messages;
  for (const char* folder : {"inbox", "sent", "drafts", "trash", "spam", "archive", "Work/2026"}) {
    messages.push_back(source(mail(folder), box.now, folder));
  }
  messages[0].unread = true;
  messages[0].starred = true;
  messages[5].labels = {"Friends"};
  box.service->load("anna@gmail.test", std::move(messages));
  const auto labels = [&](const std::string& subject) {
    return labels_of(box, box.search("in:anywhere subject:" + subject).at(0));
  };
  CHECK(labels("inbox") == std::vector<std::string>{"INBOX", "STARRED", "UNREAD"});
  CHECK(labels("sent") == std::vector<std::string>{"SENT"});
  CHECK(labels("drafts") == std::vector<std::string>{"DRAFT"});
  CHECK(labels("trash") == std::vector<std::string>{"TRASH"});
  CHECK(labels("spam") == std::vector<std::string>{"SPAM"});
  CHECK(labels("archive") == std::vector<std::string>{"Label_1"});
  CHECK(labels("Work/2026") == std::vector<std::string>{"Label_2"});
  CHECK(box.get("drafts").json["drafts"].size() == 1);
  CHECK(box.get("labels/Label_2").json["name"] == "Work/2026");
}
