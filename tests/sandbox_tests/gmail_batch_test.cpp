#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

namespace {

std::string part(const std::string& id, const std::string& request) {
  return "--B\r\nContent-Type: application/http\r\nContent-ID: <" + id + ">\r\n\r\n" + request + "\r\n";
}

Reply batch(GmailFixture& box, const std::string& parts, const std::string& path = "/batch/gmail/v1") {
  Request request;
  request.method = "POST";
  request.path = path;
  request.headers = {{"Content-Type", "multipart/mixed; boundary=\"B\""}, {"Authorization", "Bearer token"}};
  request.body = parts + "--B--\r\n";
  return box.send(std::move(request));
}

// The inner responses: Content-ID, status line and body.
struct Inner {
  std::string id, status;
  json body;
};

std::vector<Inner> inner(const Reply& reply) {
  std::vector<Inner> list;
  REQUIRE(reply.status == 200);
  const std::string type(reply.response.headers.at(0).second);
  const std::string boundary = "--" + type.substr(type.find("boundary=") + 9);
  const std::string& body = reply.response.body;
  for (std::size_t at = body.find(boundary); at != std::string::npos;) {
    const auto next = body.find(boundary, at + boundary.size());
    if (next == std::string::npos) {
      CHECK(body.substr(at) == boundary + "--\r\n");
      break;
    }
    const auto piece = body.substr(at, next - at);
    const auto id = piece.find("Content-ID: <");
    const auto http = piece.find("HTTP/1.1 ");
    const auto empty_line = piece.find("\r\n\r\n", http);
    REQUIRE(empty_line != std::string::npos);
    Inner one;
    one.id = id == std::string::npos ? "" : piece.substr(id + 13, piece.find('>', id) - id - 13);
    one.status = piece.substr(http + 9, 3);
    one.body = json::parse(piece.substr(empty_line + 4), nullptr, false);
    list.push_back(std::move(one));
    at = next;
  }
  return list;
}

}  // namespace

TEST_CASE("a batch answers every part with its own status under response- and the part's Content-ID") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  for (const char* path : {"/batch/gmail/v1", "/batch"}) {
    const auto list = inner(batch(box,
                                  part("one", "GET /gmail/v1/users/me/messages/" + id + "?format=raw") +
                                      part("two:x@y", "GET /gmail/v1/users/me/messages/18c0000000ffffff HTTP/1.1\r\n") +
                                      part("three", "DELETE /gmail/v1/users/me/labels/Label_9\r\n"),
                                  path));
    REQUIRE(list.size() == 3);
    CHECK(list[0].id == "response-one");
    CHECK(list[0].status == "200");
    CHECK(base64_decode(list[0].body["raw"].get<std::string>()) == mail("a"));
    CHECK(list[1].id == "response-two:x@y");
    CHECK(list[1].body["error"]["errors"][0]["reason"] == "notFound");
    CHECK(list[2].status == "404");
  }
}

TEST_CASE("a part may have a body and changes the mailbox") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  const auto list = inner(batch(box, part("x", "POST /gmail/v1/users/me/messages/" + id +
                                                   "/modify\r\nContent-Type: application/json\r\n\r\n"
                                                   "{\"removeLabelIds\":[\"UNREAD\"]}")));
  CHECK(list.at(0).body["labelIds"] == json({"INBOX"}));
  CHECK(labels_of(box, id) == std::vector<std::string>{"INBOX"});
}

TEST_CASE("a batch has at most 100 parts and costs what its parts cost") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  std::string parts;
  for (int i = 0; i < 100; ++i) {
    parts += part(std::to_string(i), "GET /gmail/v1/users/me/messages/" + id + "?format=minimal");
  }
  const auto full = batch(box, parts);
  CHECK(full.status == 200);
  CHECK(full.response.quota_units == 2000);
  const auto over = batch(box, parts + part("x", "GET /gmail/v1/users/me/profile"));
  CHECK(over.status == 400);
  CHECK(over.message() == "Inner request count exceeds the limit. Received: 101, Limit: 100");
}

TEST_CASE("parts can fail by rule while others succeed") {
  GmailFixture box;
  const auto id = box.deliver(mail("a"));
  box.fault_path = "/labels";
  box.fault.status = 503;
  box.fault.body = R"({"error":{"code":503}})";
  const auto list = inner(
      batch(box, part("a", "GET /gmail/v1/users/me/labels") + part("b", "GET /gmail/v1/users/me/messages/" + id)));
  CHECK(list.at(0).status == "503");
  CHECK(list.at(1).status == "200");
}

TEST_CASE("full URLs, uploads, nested batches, other types and other credentials are refused part by part") {
  GmailFixture box;
  const auto list =
      inner(batch(box, part("a", "GET https://gmail.googleapis.com/gmail/v1/users/me/profile") +
                           part("b", "POST /upload/gmail/v1/users/me/messages/send?uploadType=media") +
                           part("c", "POST /batch/gmail/v1") +
                           "--B\r\nContent-Type: text/plain\r\n\r\nGET /gmail/v1/users/me/profile\r\n" +
                           part("e", "GET /gmail/v1/users/me/profile\r\nAuthorization: Bearer other\r\n") +
                           part("f", "GET /gmail/v1/users/me/profile")));
  REQUIRE(list.size() == 6);
  for (int i = 0; i < 4; ++i) {
    CHECK(list[static_cast<std::size_t>(i)].status == "400");
  }
  CHECK(list[4].status == "401");
  CHECK(list[5].status == "200");
}

TEST_CASE("what is no batch is refused as a whole") {
  GmailFixture box;
  CHECK(batch(box, "").status == 400);
  Request request;
  request.method = "POST";
  request.path = "/batch/gmail/v1";
  request.headers = {{"Content-Type", "application/json"}};
  CHECK(box.send(request).status == 400);
  request.path = "/batch/calendar/v3";
  CHECK(box.send(request).status == 404);
}

TEST_CASE("with limits on, a part beyond fifty meets the concurrency limit") {
  GmailFixture box(GmailQuota::gmail_new());
  std::string parts;
  for (int i = 0; i < 51; ++i) {
    parts += part(std::to_string(i), "GET /gmail/v1/users/me/profile");
  }
  const auto list = inner(batch(box, parts));
  CHECK(list.at(49).status == "200");
  CHECK(list.at(50).status == "429");
  CHECK(list.at(50).body["error"]["message"] == "Too many concurrent requests for user.");
}
