#include "providers/google/google_wire.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"

using namespace mailmgr;
using namespace mailmgr::google;

namespace {

HttpResponse failed(int status, std::string body, HttpHeaders headers = {}) {
  return {status, std::move(headers), std::move(body)};
}

const Time kNow = from_rfc3339("2026-09-11T19:59:00Z").value();

std::string refusal(int code, const std::string& reason, const std::string& message = "m") {
  return nlohmann::json{
      {"error", {{"code", code}, {"message", message}, {"errors", {{{"domain", "global"}, {"reason", reason}}}}}}}
      .dump();
}

}  // namespace

TEST_CASE("history tells differences, whole label sets and deletions in the order they happened") {
  const auto reply = read_history(R"({"historyId":"30","history":[
    {"id":"11","messages":[{"id":"ignored"}],"messagesAdded":[{"message":{"id":"m1","threadId":"t1","labelIds":["INBOX","UNREAD","Label_1"]}}]},
    {"id":"12","labelsAdded":[{"message":{"id":"m1","threadId":"t1","labelIds":["INBOX","STARRED"]},"labelIds":["STARRED","Label_2"]}]},
    {"id":"13","labelsRemoved":[{"message":{"id":"m1","threadId":"t1"},"labelIds":["UNREAD","INBOX"]}]},
    {"id":"14","messagesAdded":[{"message":{"id":"m2","threadId":"t2"}}]},
    {"id":"15","messagesDeleted":[{"message":{"id":"m1","threadId":"t1"}}]}]})")
                         .value();
  REQUIRE(reply.changes.size() == 5);
  const auto& added = reply.changes[0];
  CHECK(added.id.value == "m1");
  CHECK(added.thread.value == "t1");
  CHECK(added.marks.complete);
  CHECK(added.marks.unread == true);
  CHECK(added.marks.starred == false);
  CHECK(added.marks.labels == std::vector{FolderId("INBOX"), FolderId("Label_1")});
  const auto& labelled = reply.changes[1];
  CHECK(labelled.marks.starred == true);
  CHECK_FALSE(labelled.marks.unread);
  CHECK_FALSE(labelled.marks.labels);
  CHECK(labelled.marks.add == std::vector{FolderId("Label_2")});
  const auto& unlabelled = reply.changes[2];
  CHECK(unlabelled.marks.unread == false);
  CHECK(unlabelled.marks.remove == std::vector{FolderId("INBOX")});
  CHECK(reply.changes[3].id.value == "m2");
  CHECK(reply.changes[3].marks.empty());
  CHECK(reply.changes[4].presence == Presence::gone);
  CHECK(reply.history_id == "30");
}

TEST_CASE("chats in the history are no mail") {
  const auto reply = read_history(R"({"historyId":"30","history":[
    {"messagesAdded":[{"message":{"id":"c","labelIds":["CHAT"]}}]},
    {"labelsAdded":[{"message":{"id":"c","labelIds":["CHAT"]},"labelIds":["STARRED"]}]}]})")
                         .value();
  CHECK(reply.changes.empty());
}

TEST_CASE("a history page without records but with a token is a page") {
  const auto reply = read_history(R"({"nextPageToken":"p","historyId":"9"})").value();
  CHECK(reply.changes.empty());
  CHECK(reply.next_page_token == "p");
}

TEST_CASE("a history that does not say where it ends is not taken as the end") {
  CHECK_FALSE(read_history("{}"));
  CHECK_FALSE(read_history(R"({"historyId":"12; DROP"})"));
  CHECK_FALSE(read_history("[]"));
}

TEST_CASE("hostile history is read without harm") {
  const auto reply = read_history(R"({"historyId":"30","history":[1,null,"x",{},{"messagesAdded":7},
    {"messagesAdded":[{},{"message":5},{"message":{"id":9}},{"message":{"id":"ok","labelIds":{"a":1}}}]},
    {"labelsAdded":[{"message":{"id":"ok2"},"labelIds":[1,{},null,"L"]}]},
    {"labelsRemoved":[{"message":{"id":"ok3"}}]}]})")
                         .value();
  REQUIRE(reply.changes.size() == 2);
  CHECK(reply.changes[0].id.value == "ok");
  CHECK(reply.changes[0].marks.empty());
  CHECK(reply.changes[1].marks.add == std::vector{FolderId("L")});
}

TEST_CASE("labels become folders, labels and system marks; UNREAD, STARRED and CHAT are none of them") {
  const auto folders = read_labels(R"({"labels":[
    {"id":"INBOX","name":"INBOX","type":"system"},{"id":"TRASH","name":"TRASH","type":"system"},
    {"id":"UNREAD","name":"UNREAD","type":"system"},{"id":"STARRED","name":"STARRED","type":"system"},
    {"id":"CHAT","name":"CHAT","type":"system"},{"id":"CATEGORY_SOCIAL","name":"CATEGORY_SOCIAL","type":"system"},
    {"id":"Label_7","name":"Work/2026","type":"user"},{"name":"no id","type":"user"},{"id":"SENT","type":"system"}]})")
                           .value();
  REQUIRE(folders.size() == 5);
  CHECK(folders[0].role == Role::inbox);
  CHECK(folders[1].role == Role::trash);
  CHECK(folders[2].kind == Folder::Kind::system);
  CHECK(folders[3].kind == Folder::Kind::label);
  CHECK(folders[3].path == "Work/2026");
  CHECK(folders[4].path == "SENT");
  CHECK(folders[4].kind == Folder::Kind::folder);
}

TEST_CASE("a message's marks, thread and date are read") {
  const auto reply =
      read_message(R"({"id":"m","threadId":"t","labelIds":["SENT","DRAFT"],"internalDate":"1763899999123"})").value();
  CHECK(to_unix_millis(*reply.fetched.received) == 1763899999123);
  CHECK(reply.fetched.marks.draft == true);
  CHECK(reply.fetched.marks.complete);
  CHECK(reply.fetched.thread.value == "t");
}

TEST_CASE("hostile messages are refused or read without what is wrong in them") {
  CHECK_FALSE(read_message("{}"));
  const auto far =
      read_message(R"({"id":"m","internalDate":"9223372036854775807","labelIds":"x","payload":[1]})").value();
  CHECK_FALSE(far.fetched.received);
  CHECK(far.fetched.marks.labels->empty());
  CHECK(far.headers.empty());
}

TEST_CASE("lists skip what has no id, and may be empty with a token") {
  const auto list =
      read_list(R"({"messages":[{"id":"a","threadId":"t"},{"threadId":"x"},5,{"id":"b"}],"nextPageToken":"n"})")
          .value();
  REQUIRE(list.ids.size() == 2);
  CHECK(list.ids[1].first.value == "b");
  CHECK(read_list(R"({"nextPageToken":"n","resultSizeEstimate":0})").value().next_page_token == "n");
  CHECK_FALSE(read_list("[]"));
}

TEST_CASE("drafts are written so that they read back") {
  const auto draft = nlohmann::json::parse(write_draft("a\r\n\xff", ThreadId("t\"1")));
  CHECK(base64_decode(draft["message"]["raw"].get<std::string>()) == "a\r\n\xff");
  CHECK(draft["message"]["threadId"] == "t\"1");
  CHECK_FALSE(nlohmann::json::parse(write_draft("a", std::nullopt))["message"].contains("threadId"));
  CHECK(nlohmann::json::parse(write_draft_id("r\"1"))["id"] == "r\"1");
}

TEST_CASE("Gmail's patience is the longer of header and message, an hour at least for a day's quota, a day at most") {
  const auto after = [](const std::string& reason, const std::string& message, const HttpHeaders& headers = {}) {
    return read_error(failed(403, refusal(403, reason, message), headers), kNow).retry_after;
  };
  using namespace std::chrono_literals;
  CHECK_FALSE(after("rateLimitExceeded", "slow down"));
  CHECK(after("rateLimitExceeded", "Retry after 2026-09-11T20:00:00.000Z") == milliseconds(60s));
  CHECK(after("rateLimitExceeded", "Retry after 2026-09-11T20:00:00.000Z", {{"Retry-After", "90"}}) == 90s);
  CHECK(after("rateLimitExceeded", "Retry after 2026-09-11T20:00:00.000Z", {{"Retry-After", "5"}}) == 60s);
  CHECK(after("rateLimitExceeded", "Retry after 2027-01-01T00:00:00Z") == milliseconds(24h));
  CHECK(after("rateLimitExceeded", "Retry after 2020-01-01T00:00:00Z") == 0ms);
  CHECK(after("dailyLimitExceeded", "Daily Limit Exceeded") == milliseconds(1h));
}

TEST_CASE("Gmail's refusals are told apart by their reason, not their status") {
  struct Case {
    int status;
    const char* reason;
    Code code;
  };
  for (const auto& c :
       {Case{403, "rateLimitExceeded", Code::throttled}, Case{403, "userRateLimitExceeded", Code::throttled},
        Case{403, "quotaExceeded", Code::throttled}, Case{429, "rateLimitExceeded", Code::throttled},
        Case{403, "dailyLimitExceeded", Code::throttled}, Case{403, "insufficientPermissions", Code::auth_required},
        Case{403, "accessNotConfigured", Code::refused}, Case{403, "domainPolicy", Code::refused},
        Case{400, "failedPrecondition", Code::refused}, Case{400, "invalidArgument", Code::refused},
        Case{401, "authError", Code::token_rejected}, Case{404, "notFound", Code::gone},
        Case{500, "backendError", Code::try_later}, Case{503, "backendError", Code::try_later}}) {
    CAPTURE(c.reason);
    CHECK(read_error(failed(c.status, refusal(c.status, c.reason)), kNow).code == c.code);
  }
  const auto scope =
      R"({"error":{"code":403,"status":"PERMISSION_DENIED","message":"Request had insufficient authentication scopes.",
    "details":[{"@type":"x","reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}})";
  CHECK(read_error(failed(403, scope), kNow).code == Code::auth_required);
  CHECK(read_error(failed(403, scope), kNow).hint.find("mailmgr login") != std::string::npos);
  CHECK(read_error(failed(403, refusal(403, "accessNotConfigured")), kNow).hint.find("console.cloud.google.com") !=
        std::string::npos);
}

TEST_CASE("the wait that Gmail asks for is read from its message or its header") {
  const auto message = "User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z";
  CHECK(read_error(failed(429, refusal(429, "rateLimitExceeded", message)), kNow).retry_after ==
        std::chrono::minutes(1));
  CHECK(read_error(failed(403, refusal(403, "rateLimitExceeded", message)), kNow).retry_after ==
        std::chrono::minutes(1));
  CHECK(read_error(failed(429, refusal(429, "rateLimitExceeded"), {{"retry-after", "7"}}), kNow).retry_after ==
        std::chrono::seconds(7));
  CHECK_FALSE(read_error(failed(429, refusal(429, "rateLimitExceeded", "Retry after never")), kNow).retry_after);
}

TEST_CASE("error pages that are no JSON are judged by their status") {
  CHECK(read_error(failed(502, "<html>Bad gateway</html>"), kNow).code == Code::try_later);
  CHECK(read_error(failed(403, "<html>blocked</html>"), kNow).code == Code::refused);
  CHECK(read_error(failed(302, ""), kNow).code == Code::refused);
  CHECK(read_error(failed(403, R"({"error":"text"})"), kNow).code == Code::refused);
  CHECK(read_error(failed(403, R"({"error":{"errors":[1,{"reason":3}],"details":"x","message":[]}})"), kNow).code ==
        Code::refused);
}
