// What Google's API front end does to every call: parameters, bodies, scopes, users, quota, partial answers.
#include <stdexcept>

#include "core/base/encoding.h"
#include "tests/sandbox/options.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

TEST_CASE("an unknown query parameter is refused by name") {
  GmailFixture box;
  const auto reply = box.get("messages?max_results=5");
  CHECK(reply.status == 400);
  CHECK(reply.json["error"]["status"] == "INVALID_ARGUMENT");
  CHECK(reply.message() ==
        "Invalid JSON payload received. Unknown name \"max_results\": Cannot bind query parameter. Field 'max_results' "
        "could not be found in request message.");
  CHECK(reply.json["error"]["details"][0]["@type"] == "type.googleapis.com/google.rpc.BadRequest");
}

TEST_CASE("an unknown body field is refused by name and place") {
  GmailFixture box;
  CHECK(box.post("labels", {{"name", "x"}, {"colour", "red"}}).message() ==
        "Invalid JSON payload received. Unknown name \"colour\": Cannot find field.");
  CHECK(box.post("drafts", {{"message", {{"rawMessage", "x"}}}}).message() ==
        "Invalid JSON payload received. Unknown name \"rawMessage\" at 'message': Cannot find field.");
  CHECK(box.search("").empty());
}

TEST_CASE("values of a wrong type are refused") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  CHECK(box.get("messages?maxResults=many").status == 400);
  CHECK(box.get("messages?maxResults=-1").status == 400);
  CHECK(box.get("messages?includeSpamTrash=yes").status == 400);
  CHECK(box.get("messages?maxResults=1&maxResults=2").status == 400);
  CHECK(box.get("messages/" + id + "?format=everything").status == 400);
  CHECK(box.post("labels", {{"name", 5}}).status == 400);
  CHECK(box.post("messages/" + id + "/modify", {{"addLabelIds", "STARRED"}}).status == 400);
  CHECK(box.post("messages/" + id + "/modify", {{"addLabelIds", {1}}}).status == 400);
}

TEST_CASE("what is no JSON object is refused, however deep it is nested") {
  GmailFixture box;
  const auto post = [&](const std::string& body) {
    Request request;
    request.method = "POST";
    request.path = "/gmail/v1/users/me/labels";
    request.body = body;
    return box.send(request).status;
  };
  CHECK(post("{\"name\":") == 400);
  CHECK(post("[1]") == 400);
  CHECK(post(std::string(1'000'000, '[')) == 400);
  CHECK(post("{\"name\":" + std::string(100'000, '{')) == 400);
  CHECK(post("{\"name\":\"a\",\"name\":\"b\"}") == 200);
  CHECK(post("{\"name\":\"[[[[{{{{\"}") == 200);
  CHECK(post("{\"name\":\"\xff\"}") == 400);
}

TEST_CASE("Google's general parameters are accepted everywhere") {
  GmailFixture box;
  CHECK(box.get("profile?prettyPrint=false&quotaUser=x&alt=json&key=k&$.xgafv=2").status == 200);
  CHECK(box.get("profile?prettyPrint=false").response.body.find('\n') == std::string::npos);
  CHECK(box.get("profile").response.body.find('\n') != std::string::npos);
}

TEST_CASE("fields selects parts of an answer and knows what there is") {
  GmailFixture box;
  box.deliver(mail("a"));
  const auto id = box.deliver(mail("b"));
  const auto list = box.get("messages?maxResults=1&fields=messages/id,nextPageToken").json;
  CHECK(list.size() == 2);
  CHECK(list["messages"][0] == json({{"id", id}}));
  const auto one = box.get("messages/" + id + "?fields=id,payload(headers(name),mimeType)").json;
  CHECK(one.size() == 2);
  CHECK(one["payload"]["headers"][0].size() == 1);
  CHECK(box.get("messages/" + id + "?fields=*").json.contains("payload"));
  CHECK(box.get("messages/" + id + "?format=raw&fields=raw").json.size() == 1);
  const auto bad = box.get("messages?fields=messages(id,subject)");
  CHECK(bad.status == 400);
  CHECK(bad.message() == "Invalid field selection messages(id,subject)");
  CHECK(box.get("messages?fields=messages(id").status == 400);
}

TEST_CASE("64-bit numbers are strings") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  const auto reply = box.get("messages/" + id).json;
  CHECK(reply["historyId"].is_string());
  CHECK(reply["internalDate"].is_string());
  CHECK(reply["sizeEstimate"].is_number());
  CHECK(box.get("profile").json["historyId"].is_string());
}

TEST_CASE("each scope reaches what the discovery document says and no more") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  const auto status = [&](const std::string& scope, const std::string& method, const std::string& path,
                          const json& body = nullptr) {
    box.session.scopes = {kScopeBase + scope};
    return box.call(method, path, body).status;
  };
  CHECK(status("readonly", "GET", "messages/" + id) == 200);
  CHECK(status("readonly", "POST", "messages/" + id + "/trash") == 403);
  CHECK(status("readonly", "GET", "drafts") == 200);
  CHECK(status("metadata", "GET", "drafts") == 403);
  CHECK(status("metadata", "GET", "messages/" + id + "?format=metadata") == 200);
  CHECK(status("metadata", "GET", "messages/" + id) == 403);
  CHECK(status("metadata", "GET", "messages/" + id + "?format=raw") == 403);
  CHECK(status("metadata", "GET", "messages?q=x") == 403);
  CHECK(status("metadata", "GET", "messages") == 200);
  CHECK(status("send", "GET", "profile") == 403);
  CHECK(status("send", "POST", "messages/send", {{"raw", base64url("To: bob@gmail.test\r\n\r\nx")}}) == 200);
  CHECK(status("send", "POST", "drafts/send", {{"id", "r1"}}) == 403);
  CHECK(status("compose", "POST", "drafts", {{"message", {{"raw", base64url("To: bob@gmail.test\r\n\r\nx")}}}}) == 200);
  CHECK(status("compose", "GET", "messages") == 403);
  CHECK(status("labels", "POST", "labels", {{"name", "x"}}) == 200);
  CHECK(status("modify", "POST", "messages/batchDelete", {{"ids", {id}}}) == 403);
  CHECK(status("settings.basic", "GET", "messages") == 403);
}

TEST_CASE("a user reaches the own mailbox as me or by address, no other") {
  GmailFixture box;
  CHECK(box.get("/gmail/v1/users/Anna%40gmail.test/profile").json["emailAddress"] == "anna@gmail.test");
  const auto other = box.get("/gmail/v1/users/bob%40gmail.test/profile");
  CHECK(other.status == 403);
  CHECK(other.message() == "Delegation denied for anna@gmail.test");
  box.session.email = "nomail@gmail.test";
  CHECK(box.get("profile").message() == "Mail service not enabled");
}

TEST_CASE("an address that is no API answers with Google's HTML page") {
  GmailFixture box;
  for (const char* path :
       {"/gmail/v1/users/me/nothing", "/gmail/v2/users/me/profile", "/", "/gmail/v1/users/me/profile/"}) {
    const auto reply = box.get(path);
    CHECK(reply.status == 404);
    CHECK(reply.response.headers[0].second == "text/html; charset=UTF-8");
  }
  CHECK(box.call("PATCH", "profile").status == 404);
}

TEST_CASE("documented methods that the sandbox lacks say so") {
  GmailFixture box;
  const auto reply = box.post("watch", {{"topicName", "projects/p/topics/t"}});
  CHECK(reply.status == 501);
  CHECK(reply.message() == "The sandbox knows gmail.users.watch but does not offer it.");
}

TEST_CASE("calls cost the units of the usage limits page") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  CHECK(box.get("profile").response.quota_units == 1);
  CHECK(box.get("messages").response.quota_units == 5);
  CHECK(box.get("messages/" + id).response.quota_units == 20);
  CHECK(box.get("threads/" + id).response.quota_units == 40);
  CHECK(box.get("history?startHistoryId=" + box.history_id()).response.quota_units == 2);
  CHECK(box.post("messages/" + id + "/trash").response.quota_units == 20);
  CHECK(box.post("messages/batchModify", {{"ids", {id}}, {"addLabelIds", {"STARRED"}}}).response.quota_units == 50);
  GmailFixture old(GmailQuota::gmail_old());
  const auto there = old.deliver(mail("a"));
  CHECK(old.get("messages/" + there).response.quota_units == 5);
  CHECK(old.get("threads/" + there).response.quota_units == 10);
  CHECK(old.get("messages").response.quota_units == 5);
}

TEST_CASE("a quota can be watched in a shorter window, which slides as the minute does") {
  GmailQuota limits = GmailQuota::gmail_new();
  limits.units = 40;
  limits.window = milliseconds(2000);
  GmailFixture box(limits);
  const auto id = box.deliver(mail("a"));
  CHECK(box.get("messages/" + id).status == 200);
  box.now += milliseconds(1000);
  CHECK(box.get("messages/" + id).status == 200);
  CHECK(box.get("messages/" + id).status == 403);
  box.now += milliseconds(1000);
  CHECK(box.get("messages/" + id).status == 200);
  CHECK(box.get("messages/" + id).status == 429);
}

TEST_CASE("the words of a quota's rate are a number of units and a length of time, a minute without one") {
  CHECK(QuotaRate::parse("2000").units == 2000);
  CHECK(QuotaRate::parse("2000").window == std::chrono::minutes(1));
  CHECK(QuotaRate::parse("2000/1s").window == std::chrono::seconds(1));
  for (const auto* wrong : {"", "0", "x", "20x", "/1s", "20/", "20/0s", "20/1"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(QuotaRate::parse(wrong), std::invalid_argument);
  }
}

TEST_CASE("a new project fetches 300 messages a minute, then hears when to come back") {
  GmailFixture box(GmailQuota::gmail_new());
  const auto id = box.deliver(mail("a"));
  for (int i = 0; i < 300; ++i) {
    REQUIRE(box.get("messages/" + id + "?format=minimal").status == 200);
    box.now += milliseconds(100);
  }
  const auto first = box.get("messages/" + id);
  CHECK(first.status == 403);
  CHECK(first.reason() == "rateLimitExceeded");
  CHECK(first.response.quota_units == 0);
  CHECK(
      first.message().ends_with("Retry after " + to_rfc3339(from_unix_seconds(1'790'000'060)).replace(19, 1, ".000Z")));
  const auto second = box.get("messages/" + id);
  CHECK(second.status == 429);
  CHECK(second.reason() == "rateLimitExceeded");
  CHECK(second.json["error"]["status"] == "RESOURCE_EXHAUSTED");
  box.now = from_unix_seconds(1'790'000'060);
  CHECK(box.get("messages/" + id).status == 200);
  CHECK(box.get("messages/" + id).status == 403);
  box.session.email = "bob@gmail.test";
  CHECK(box.get("profile").status == 200);
}
