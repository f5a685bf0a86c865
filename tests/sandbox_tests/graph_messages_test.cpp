#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

#include "tests/sandbox_tests/graph_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using namespace mailmgr::sandbox::test;

namespace {

std::string filter(const std::string& expression) {
  return "/me/messages?$top=1000&$select=subject&$filter=" + percent_encode(expression);
}

std::size_t matches(Graph& graph, const std::string& expression) {
  const auto answer = graph.get(filter(expression));
  INFO(expression << ": " << answer.text);
  REQUIRE(answer.status == 200);
  return answer.body["value"].size();
}

const std::string kEvent =
    "From: a@example.com\r\nTo: anna@outlook.test\r\nSubject: Meeting\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nCome\r\n"
    "--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n--b--\r\n";

}  // namespace

TEST_CASE("messages are listed newest first, ten at a time, with a nextLink to follow") {
  Graph graph;
  graph.load(25);
  std::vector<std::string> subjects;
  std::string url = "/me/messages?$select=subject";
  while (!url.empty()) {
    const auto page = graph.get(url);
    REQUIRE(page.status == 200);
    CHECK(page.body["value"].size() <= 10);
    for (const auto& message : page.body["value"]) subjects.push_back(message["subject"]);
    url = page.body.value("@odata.nextLink", "");
  }
  REQUIRE(subjects.size() == 25);
  CHECK(subjects.front() == "Mail 24");
  CHECK(subjects.back() == "Mail 0");
  CHECK(graph.get("/me/messages?$top=7&$skip=20&$count=true").body["value"].size() == 5);
  CHECK(graph.get("/me/messages?$top=7&$count=true").body["@odata.count"] == 25);
  CHECK(graph.get("/me/messages/$count").text == "25");
  CHECK(graph.get("/me/messages?$top=1001").status == 400);
  CHECK(graph.get("/me/messages?$top=0").status == 400);
}

TEST_CASE("$filter understands the comparisons that mail clients use") {
  Graph graph;
  graph.load(20);
  const std::string id = graph.get("/me/messages?$top=1").body["value"][0]["id"];
  graph.patch("/me/messages/" + id, {{"categories", {"Blue", "It's me"}}, {"flag", {{"flagStatus", "flagged"}}}});
  const std::string thread = graph.get("/me/messages/" + id).body["conversationId"];
  CHECK(matches(graph, "isRead eq false") == 10);
  CHECK(matches(graph, "not (isRead eq false)") == 10);
  CHECK(matches(graph, "receivedDateTime ge 2023-11-14T22:23:20Z") == 10);
  CHECK(matches(graph, "receivedDateTime gt 2023-11-14T22:23:20Z and isRead eq true") == 5);
  CHECK(matches(graph, "receivedDateTime lt 2023-11-15") == 20);
  CHECK(matches(graph, "internetMessageId eq '<m3@example.com>'") == 1);
  CHECK(matches(graph, "conversationId eq '" + thread + "'") == 2);
  CHECK(matches(graph, "categories/any(c:c eq 'Blue')") == 1);
  CHECK(matches(graph, "categories/any(c: c eq 'It''s me') and isDraft eq false") == 1);
  CHECK(matches(graph, "flag/flagStatus eq 'flagged' or internetMessageId eq '<m0@example.com>'") == 2);
  CHECK(matches(graph, "from/emailAddress/address eq 'BOB@example.com'") == 20);
  CHECK(matches(graph, "hasAttachments eq true") == 0);
  CHECK(matches(graph, "contains(subject,'mail 1') and (isRead eq true or isDraft eq true)") == 6);
  CHECK(matches(graph, "startswith(subject,'Mail 1')") == 11);
}

TEST_CASE("a $filter that cannot be understood is refused") {
  Graph graph;
  for (const auto* bad : {"isRead eq 'x'", "nonsense eq true", "isRead", "isRead eq true and", "(isRead eq true",
                          "receivedDateTime ge '2026-01-01T00:00:00Z'", "categories eq 'x'", "subject eq 'open",
                          "isRead eq true isRead eq true", "toRecipients/any(r:r eq 'x')"}) {
    CAPTURE(bad);
    CHECK(graph.get(filter(bad)).status == 400);
  }
  std::string deep(2000, '(');
  CHECK(graph.get(filter(deep)).status == 400);
}

TEST_CASE("ordered properties must also be filtered, first and in that order") {
  Graph graph;
  graph.load(4);
  const std::string order = "&$orderby=receivedDateTime%20desc";
  const auto refused = graph.get(filter("isRead eq false") + order);
  CHECK(refused.status == 400);
  CHECK(refused.code() == "InefficientFilter");
  CHECK(graph.get(filter("isRead eq false and receivedDateTime ge 1970-01-01T00:00:00Z") + order).status == 400);
  const auto fine = graph.get(filter("receivedDateTime ge 1970-01-01T00:00:00Z and isRead eq false") + order);
  CHECK(fine.status == 200);
  CHECK(fine.body["value"].size() == 2);
}

TEST_CASE("$orderby sorts by other properties too") {
  Graph graph;
  graph.load(12);
  const auto page = graph.get("/me/messages?$orderby=subject&$select=subject&$top=3");
  REQUIRE(page.status == 200);
  CHECK(page.body["value"][0]["subject"] == "Mail 0");
  CHECK(page.body["value"][1]["subject"] == "Mail 1");
  CHECK(page.body["value"][2]["subject"] == "Mail 10");
  CHECK(graph.get("/me/messages?$orderby=receivedDateTime%20asc&$top=1&$select=subject").body["value"][0]["subject"] ==
        "Mail 0");
}

TEST_CASE("$search finds words and properties and cannot be combined") {
  Graph graph;
  graph.load(12);
  const auto search = [&](const std::string& text) {
    return graph.get("/me/messages?$search=" + percent_encode(text) + "&$top=100&$select=subject");
  };
  CHECK(search("\"subject:mail\"").body["value"].size() == 12);
  CHECK(search("\"from:bob 11\"").body["value"].size() == 1);
  CHECK(search("\"hello\"").body["value"].size() == 12);
  CHECK(search("\"subject:11 OR body:'10.'\"").status == 200);
  CHECK(search("\"-bob\"").body["value"].empty());
  CHECK(search("hello").status == 400);
  CHECK(graph.get("/me/messages?$search=%22x%22&$skip=1").status == 400);
  CHECK(graph.get("/me/messages?$search=%22x%22&$filter=isRead%20eq%20true").status == 400);
  const auto page = graph.get("/me/messages?$search=%22bob%22&$top=5");
  const auto rest = graph.get(page.body["@odata.nextLink"]);
  CHECK(rest.body["value"].size() == 5);
  CHECK(rest.body["value"][0]["id"] != page.body["value"][0]["id"]);
}

TEST_CASE("unknown options and properties are refused by name") {
  Graph graph;
  const auto option = graph.get("/me/messages?$top=5&limit=3");
  CHECK(option.status == 400);
  CHECK(option.body["error"]["message"].get<std::string>().find("'limit'") != std::string::npos);
  const auto property = graph.get("/me/messages?$select=id,size");
  CHECK(property.status == 400);
  CHECK(property.body["error"]["message"] ==
        "Parsing OData Select and Expand failed: Could not find a property named 'size' on type "
        "'microsoft.graph.message'.");
  CHECK(graph.get("/me/messages?$select=id&$select=subject").status == 400);
  CHECK(graph.get("/me/nothing").status == 400);
  const auto error = option.body["error"];
  CHECK(error["innerError"].contains("request-id"));
  CHECK(error["innerError"].contains("client-request-id"));
  CHECK(error["innerError"]["date"].get<std::string>().size() == 19);
  CHECK(graph.get("/me/nothing", {{"client-request-id", "mine"}}).body["error"]["innerError"]["client-request-id"] ==
        "mine");
}

TEST_CASE("a message has the properties of the schema and only those selected") {
  Graph graph;
  const auto id = graph.deliver("one");
  const auto whole = graph.get("/me/messages/" + id).body;
  for (const auto* name : {"id",
                           "createdDateTime",
                           "changeKey",
                           "categories",
                           "receivedDateTime",
                           "hasAttachments",
                           "internetMessageId",
                           "subject",
                           "bodyPreview",
                           "importance",
                           "parentFolderId",
                           "conversationId",
                           "isRead",
                           "isDraft",
                           "webLink",
                           "inferenceClassification",
                           "body",
                           "sender",
                           "from",
                           "toRecipients",
                           "ccRecipients",
                           "bccRecipients",
                           "replyTo",
                           "flag",
                           "@odata.etag",
                           "@odata.context"}) {
    CAPTURE(name);
    CHECK(whole.contains(name));
  }
  CHECK_FALSE(whole.contains("internetMessageHeaders"));
  CHECK_FALSE(whole.contains("uniqueBody"));
  CHECK(whole["from"]["emailAddress"]["address"] == "bob@example.com");
  CHECK(whole["body"]["content"].get<std::string>().find("Hello from one") != std::string::npos);
  CHECK(whole["internetMessageId"] == "<one@example.com>");
  CHECK(whole["parentFolderId"] == graph.folder_id("inbox"));
  const auto few = graph.get("/me/messages/" + id + "?$select=subject,internetMessageHeaders").body;
  CHECK(few.contains("id"));
  CHECK(few["internetMessageHeaders"][0]["name"] == "From");
  CHECK_FALSE(few.contains("from"));
}

TEST_CASE("the MIME of a message is regenerated, and only reachable without a folder in the path") {
  Graph graph;
  const auto id = graph.deliver("mime");
  const auto value = graph.get("/me/messages/" + id + "/$value");
  CHECK(value.status == 200);
  CHECK(value.header("Content-Type") == "text/plain");
  CHECK(value.text.starts_with("X-MS-Exchange-Organization-"));
  CHECK(value.text.ends_with(plain_mail("mime")));
  CHECK(graph.get("/me/messages/" + id + "/$value").text == value.text);
  const auto state = graph.control("state")["messages"][0];
  CHECK(state["value_sha256"] == hex(sha256(value.text)));
  CHECK(state["sha256"] == hex(sha256(plain_mail("mime"))));
  const auto refused = graph.get("/me/mailFolders/inbox/messages/" + id + "/$value");
  CHECK(refused.status == 405);
  CHECK(refused.code() == "ErrorInvalidRequest");
}

TEST_CASE("a message has two ids, both are understood, and case matters") {
  Graph graph;
  graph.load(2);
  const auto immutable = graph.get("/me/messages").body["value"];
  graph.immutable = false;
  const auto plain = graph.get("/me/messages").body["value"];
  const std::string fixed = immutable[0]["id"];
  const std::string loose = plain[0]["id"];
  CHECK(fixed != loose);
  CHECK(graph.get("/me/messages/" + fixed).body["subject"] == graph.get("/me/messages/" + loose).body["subject"]);
  for (const char c : {'-', '_', '='}) CHECK(fixed.find(c) != std::string::npos);
  graph.load(1);
  const auto three = graph.get("/me/messages").body["value"];
  const auto lower = [](std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
    return text;
  };
  std::vector<std::string> folded;
  for (const auto& message : three) folded.push_back(lower(message["id"]));
  std::sort(folded.begin(), folded.end());
  CHECK(std::adjacent_find(folded.begin(), folded.end()) != folded.end());  // two ids that differ in case alone
  CHECK(graph.get("/me/messages/" + lower(fixed)).code() == "ErrorInvalidIdMalformed");
  CHECK(graph.get("/me/messages/nonsense").code() == "ErrorInvalidIdMalformed");
  const auto moved = graph.post("/me/messages/" + fixed + "/move", {{"destinationId", "archive"}});
  CHECK(moved.body["id"] != loose);
  CHECK(graph.get("/me/messages/" + loose).code() == "ErrorItemNotFound");
  CHECK(graph.get("/me/messages/" + fixed).status == 200);
}

TEST_CASE("ids can be translated between their forms") {
  Graph graph;
  const auto fixed = graph.deliver("x");
  graph.immutable = false;
  const std::string loose = graph.get("/me/messages").body["value"][0]["id"];
  const auto answer =
      graph.post("/me/translateExchangeIds",
                 {{"inputIds", {loose, "bad"}}, {"sourceIdType", "restId"}, {"targetIdType", "restImmutableEntryId"}});
  REQUIRE(answer.status == 200);
  CHECK(answer.body["value"][0]["targetId"] == fixed);
  CHECK(answer.body["value"][1].contains("errorDetails"));
  CHECK(graph.post("/me/translateExchangeIds", {{"inputIds", {loose}}}).status == 400);
}

TEST_CASE("PATCH changes marks on any message and content on drafts only") {
  Graph graph;
  const auto id = graph.deliver("marks");
  const auto url = "/me/messages/" + id;
  const auto before = graph.get(url).body;
  const auto patched = graph.patch(url, {{"isRead", true},
                                         {"categories", {"Red"}},
                                         {"importance", "high"},
                                         {"inferenceClassification", "other"},
                                         {"flag", {{"flagStatus", "complete"}}}});
  CHECK(patched.status == 200);
  CHECK(patched.body["isRead"] == true);
  CHECK(patched.body["categories"] == json({"Red"}));
  CHECK(patched.body["importance"] == "high");
  CHECK(patched.body["inferenceClassification"] == "other");
  CHECK(patched.body["flag"]["flagStatus"] == "complete");
  CHECK(patched.body["@odata.etag"] != before["@odata.etag"]);
  CHECK(graph.patch(url, {{"subject", "other"}}).status == 400);
  const auto unknown = graph.patch(url, {{"read", true}});
  CHECK(unknown.status == 400);
  CHECK(unknown.body["error"]["message"].get<std::string>().starts_with(
      "The property 'read' does not exist on type 'microsoft.graph.message'."));
  CHECK(graph.patch(url, {{"isRead", "yes"}}).status == 400);
  CHECK(graph.patch(url, {{"flag", {{"flagStatus", "sometimes"}}}}).status == 400);
  CHECK(graph.call("PATCH", url, R"({"isRead":true})").status == 400);  // without a Content-Type
  CHECK(graph
            .call("PATCH", url, R"({"isRead":true})",
                  {{"Content-Type", "application/json"}, {"If-Match", before["@odata.etag"]}})
            .status == 412);
}

TEST_CASE("copy makes a new message, delete and permanentDelete remove one") {
  Graph graph;
  const auto id = graph.deliver("copied");
  const auto copy = graph.post("/me/messages/" + id + "/copy", {{"destinationId", "archive"}});
  CHECK(copy.status == 201);
  CHECK(copy.body["id"] != id);
  CHECK(graph.call("DELETE", "/me/messages/" + id).status == 204);
  CHECK(graph.get("/me/messages/" + id).status == 404);
  const std::string twin = copy.body["id"];
  CHECK(graph.call("POST", "/users/anna@outlook.test/messages/" + twin + "/permanentDelete").status == 204);
  CHECK(graph.get("/me/messages/$count").text == "0");
  CHECK(graph.post("/me/messages/" + graph.deliver("y") + "/move", {{"destinationId", "nowhere"}}).status == 400);
  CHECK(graph.post("/me/messages/" + graph.deliver("z") + "/move", {{"destination", "archive"}}).status == 400);
}

TEST_CASE("invitations are event messages") {
  Graph graph;
  graph.control("deliver", {{"raw", kEvent}});
  graph.deliver("plain");
  const auto list = graph.get("/me/messages?$orderby=subject").body["value"];
  CHECK(list[0]["@odata.type"] == "#microsoft.graph.eventMessage");
  CHECK_FALSE(list[1].contains("@odata.type"));
}

TEST_CASE("extended properties can be expanded, under ids in their short form") {
  Graph graph;
  const auto id = graph.deliver("size");
  const auto answer = graph.get("/me/messages/" + id + "?$select=id&$expand=" +
                                percent_encode("singleValueExtendedProperties($filter=id eq 'Integer 0x0E08')"));
  REQUIRE(answer.status == 200);
  const auto property = answer.body["singleValueExtendedProperties"][0];
  CHECK(property["id"] == "Integer 0xe08");
  CHECK(std::stoul(property["value"].get<std::string>()) > plain_mail("size").size());
}

TEST_CASE("threads follow references, for mail that is delivered later too") {
  Graph graph;
  graph.deliver("first");
  graph.control("deliver", {{"raw", "In-Reply-To: <first@example.com>\r\n" + plain_mail("second")}});
  graph.deliver("third");
  const auto list = graph.control("state")["messages"];
  CHECK(list[0]["thread_id"] == list[1]["thread_id"]);
  CHECK(list[0]["thread_id"] != list[2]["thread_id"]);
}
