#include "providers/microsoft/microsoft_wire.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "providers/microsoft/microsoft_batch.h"

using namespace mailmgr;
using namespace mailmgr::microsoft;

namespace {

const Time kNow = from_rfc3339("2026-09-11T19:59:00Z").value();

DeltaReply delta(const std::string& body) {
  const auto text = JsonText::parse(body).value();
  return read_delta(text, text.root());
}

Error refusal(int status, const std::string& body, HttpHeaders headers = {}) {
  return read_error({status, std::move(headers), body}, kNow);
}

std::string code(const std::string& name, const std::string& inner = "") {
  nlohmann::json error = {{"code", name}, {"message", "m"}};
  if (!inner.empty()) error["innererror"] = {{"code", inner}, {"request-id", "r"}};
  return nlohmann::json{{"error", error}}.dump();
}

}  // namespace

TEST_CASE("a delta's items carry only what the server told") {
  const auto reply = delta(R"({"value":[
    {"id":"m1","isRead":false,"flag":{"flagStatus":"flagged"},"categories":["Red","Blue"],"parentFolderId":"f","isDraft":false,
     "receivedDateTime":"2026-01-31T09:15:00Z","conversationId":"c"},
    {"id":"m2","isRead":true,"parentFolderId":"f"},
    {"id":"m3","@removed":{"reason":"deleted"}},{"id":"m4","@removed":{"reason":"changed"}}],
    "@odata.deltaLink":"https://graph.microsoft.com/v1.0/x"})");
  REQUIRE(reply.changes.size() == 4);
  const auto& whole = reply.changes[0];
  CHECK(whole.marks.complete);
  CHECK(whole.marks.unread == true);
  CHECK(whole.marks.starred == true);
  CHECK(whole.marks.labels == std::vector{FolderId("Red"), FolderId("Blue")});
  CHECK(whole.marks.folder == FolderId("f"));
  CHECK(to_rfc3339(*whole.received) == "2026-01-31T09:15:00Z");
  const auto& sparse = reply.changes[1];
  CHECK_FALSE(sparse.marks.complete);
  CHECK(sparse.marks.unread == false);
  CHECK_FALSE(sparse.marks.starred);
  CHECK_FALSE(sparse.marks.labels);
  CHECK_FALSE(sparse.received);
  CHECK(reply.changes[2].presence == Presence::left_stream);
  CHECK(reply.changes[3].presence == Presence::left_stream);
}

TEST_CASE("hostile deltas are read without harm") {
  const auto reply =
      delta(R"({"value":[1,null,{},{"id":5},{"id":""},{"id":"ok","isRead":"yes","flag":"x","categories":{"a":1},
    "parentFolderId":7,"receivedDateTime":"yesterday","@removed":null},{"id":"ok2","flag":{"flagStatus":5},"categories":[1,null,"C"]}],
    "@odata.nextLink":5})");
  REQUIRE(reply.changes.size() == 2);
  CHECK(reply.changes[0].presence == Presence::present);
  CHECK(reply.changes[0].marks.empty());
  CHECK(reply.changes[1].marks.labels == std::vector{FolderId("C")});
  CHECK(reply.next_link.empty());
  CHECK(delta("[]").changes.empty());
}

TEST_CASE("search folders are no folders") {
  const auto text =
      JsonText::parse(R"({"value":[{"id":"a","displayName":"Inbox","childFolderCount":2,"totalItemCount":7},
    {"@odata.type":"#microsoft.graph.mailSearchFolder","id":"s","displayName":"Search"},{"displayName":"no id"},{"id":"b","totalItemCount":-1}]})")
          .value();
  const auto list = read_folders(text, text.root());
  REQUIRE(list.folders.size() == 2);
  CHECK(list.folders[0].has_children);
  CHECK(list.folders[0].total == 7);
  CHECK_FALSE(list.folders[1].total.has_value());
  CHECK(list.folders[1].name == "b");
}

TEST_CASE("a batch's answer is matched by id whatever its order and gaps") {
  const auto answer = BatchAnswer::parse(R"({"responses":[{"id":"2","status":200,"body":{"x":1}},{"id":"0","status":404,
    "headers":{"Retry-After":"9"},"body":{"error":{"code":"ErrorItemNotFound"}}},{"id":"7","status":200},{"id":5},3,
    {"id":"1","status":9999}]})",
                                         3)
                          .value();
  CHECK(answer.part(2).status == 200);
  CHECK(answer.part(0).status == 404);
  CHECK(answer.part(1).status == 0);
  CHECK(answer.response(0).header("retry-after") == "9");
  CHECK(read_error(answer.response(0), kNow).code == Code::gone);
  CHECK_FALSE(BatchAnswer::parse("<html>", 1));
  CHECK(BatchAnswer::parse("[]", 1).value().part(0).status == 0);
}

TEST_CASE("what a refused part of a batch says is told whole, however long it is") {
  const auto long_text = std::string(1500, 'x') + "\"end\"";
  const nlohmann::json part = {
      {"id", "0"}, {"status", 400}, {"body", {{"error", {{"code", "c"}, {"message", long_text}}}}}};
  const auto answer = BatchAnswer::parse(nlohmann::json{{"responses", {part}}}.dump(), 1).value();
  CHECK(nlohmann::json::parse(answer.response(0).body)["error"]["message"] == long_text);
}

TEST_CASE("every part of a batch asks for immutable ids") {
  const auto request = batch_request("x", {{"/me/messages/a"}, {"/me/b", "odata.maxpagesize=5"}});
  const auto body = nlohmann::json::parse(request.body);
  CHECK(body["requests"][0]["headers"]["Prefer"] == R"(IdType="ImmutableId")");
  CHECK(body["requests"][1]["headers"]["Prefer"] == R"(IdType="ImmutableId", odata.maxpagesize=5)");
  CHECK(request.units == 2);
}

TEST_CASE("Graph's refusals are told apart by the most specific known code") {
  CHECK(refusal(410, code("x")).code == Code::cursor_expired);
  CHECK(refusal(400, code("syncstatenotfound")).code == Code::cursor_expired);
  CHECK(refusal(404, code("badRequest", "resyncRequired")).code == Code::cursor_expired);
  CHECK(refusal(404, code("ErrorItemNotFound")).code == Code::gone);
  CHECK(refusal(404, code("MailboxNotEnabledForRESTAPI")).code == Code::refused);
  for (const auto* none : {"ErrorInvalidUser", "Request_ResourceNotFound"}) {
    CHECK(refusal(404, code(none)).code == Code::not_found);
    CHECK_FALSE(refusal(404, code(none)).hint.empty());
  }
  CHECK(refusal(403, code("ErrorAccessDenied")).code == Code::refused);
  CHECK(refusal(429, code("ErrorQuotaExceeded")).code == Code::refused);
  CHECK(refusal(429, code("ApplicationThrottled"), {{"Retry-After", "11"}}).retry_after == std::chrono::seconds(11));
  CHECK(refusal(429, "").code == Code::throttled);
  CHECK(refusal(413, "").code == Code::too_large);
  CHECK(refusal(401, code("InvalidAuthenticationToken")).code == Code::token_rejected);
  CHECK(refusal(412, code("resourceModified")).code == Code::try_later);
  CHECK(refusal(503, "<html>").code == Code::try_later);
  CHECK(refusal(400, code("ErrorInvalidIdMalformed")).code == Code::refused);
}
