#include "core/base/encoding.h"
#include "tests/sandbox_tests/gmail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;
using nlohmann::json;

namespace {

constexpr std::size_t kChunk = 256 * 1024;

Request upload(const std::string& method, const std::string& path, const std::string& query, HeaderList headers,
               std::string body) {
  Request request;
  request.method = method;
  request.path = path;
  request.query = query;
  request.headers = std::move(headers);
  request.headers.emplace_back("Host", "127.0.0.1:8080");
  request.body = std::move(body);
  return request;
}

const std::string kSend = "/upload/gmail/v1/users/me/messages/send";

std::string header(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) {
      return value;
    }
  }
  return "";
}

// Begins a resumable upload; the query of the session's address.
std::string begin(GmailFixture& box, std::size_t size, const std::string& path = kSend,
                  const std::string& meta = "{}") {
  const auto reply = box.send(upload("POST", path, "uploadType=resumable",
                                     {{"Content-Type", "application/json"},
                                      {"X-Upload-Content-Type", "message/rfc822"},
                                      {"X-Upload-Content-Length", std::to_string(size)}},
                                     meta));
  REQUIRE(reply.status == 200);
  const auto location = header(reply.response, "Location");
  REQUIRE(location.starts_with("http://127.0.0.1:8080" + path + "?"));
  return location.substr(location.find('?') + 1);
}

Reply chunk(GmailFixture& box, const std::string& session, const std::string& range, std::string bytes) {
  return box.send(upload("PUT", kSend, session, {{"Content-Range", range}}, std::move(bytes)));
}

std::string big_mail(std::size_t size) {
  std::string raw = "To: bob@gmail.test\r\nSubject: big\r\n\r\n";
  raw.resize(size, 'x');
  return raw;
}

}  // namespace

TEST_CASE("a simple upload sends the bytes as they are") {
  GmailFixture box;
  const auto raw = big_mail(1000);
  const auto reply = box.send(upload("POST", kSend, "uploadType=media", {{"Content-Type", "message/rfc822"}}, raw));
  REQUIRE(reply.status == 200);
  CHECK(raw_of(box, reply.json["id"]).ends_with(raw.substr(raw.find("\r\n\r\n"))));
  CHECK(box.send(upload("POST", kSend, "uploadType=media", {{"Content-Type", "text/plain"}}, raw)).status == 400);
  CHECK(box.send(upload("POST", kSend, "", {{"Content-Type", "message/rfc822"}}, raw)).status == 400);
}

TEST_CASE("a multipart upload brings the thread along") {
  GmailFixture box;
  const auto thread = box.deliver(mail("Plan", "x", "Message-ID: <1@example.org>\r\n"));
  const std::string raw =
      "To: bob@gmail.test\r\nSubject: Re: Plan\r\nReferences: <1@example.org>\r\nIn-Reply-To: "
      "<1@example.org>\r\n\r\nyes\r\n";
  const auto body = "--q\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{\"threadId\":\"" + thread +
                    "\"}\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n" + raw + "\r\n--q--\r\n";
  const auto reply = box.send(
      upload("POST", kSend, "uploadType=multipart", {{"Content-Type", "multipart/related; boundary=q"}}, body));
  REQUIRE(reply.status == 200);
  CHECK(reply.json["threadId"] == thread);
  CHECK(raw_of(box, reply.json["id"]).ends_with("\r\n\r\nyes\r\n"));
  const auto bad =
      "--q\r\nContent-Type: application/json\r\n\r\n{\"thread\":\"1\"}\r\n--q\r\nContent-Type: message/rfc822\r\n\r\n" +
      raw + "\r\n--q--\r\n";
  CHECK(
      box.send(upload("POST", kSend, "uploadType=multipart", {{"Content-Type", "multipart/related; boundary=q"}}, bad))
          .status == 400);
}

TEST_CASE("insert keeps uploaded bytes exactly, drafts take uploads too") {
  GmailFixture box;
  const auto raw = big_mail(5000);
  const auto inserted = box.send(upload("POST", "/upload/gmail/v1/users/me/messages", "uploadType=media",
                                        {{"Content-Type", "message/rfc822"}}, raw));
  CHECK(raw_of(box, inserted.json["id"]) == raw);
  const auto draft = box.send(upload("POST", "/upload/gmail/v1/users/me/drafts", "uploadType=media",
                                     {{"Content-Type", "message/rfc822"}}, raw));
  REQUIRE(draft.status == 200);
  const std::string id = draft.json["id"];
  const auto updated = box.send(upload("PUT", "/upload/gmail/v1/users/me/drafts/" + id, "uploadType=media",
                                       {{"Content-Type", "message/rfc822"}}, raw + "y"));
  CHECK(updated.json["id"] == id);
  CHECK(box.send(upload("PUT", kSend, "uploadType=media", {{"Content-Type", "message/rfc822"}}, raw)).status == 404);
}

TEST_CASE("a resumable upload goes on where it stopped") {
  GmailFixture box;
  const auto raw = big_mail(2 * kChunk + 100);
  const auto total = std::to_string(raw.size());
  const auto session = begin(box, raw.size());
  const auto nothing = chunk(box, session, "bytes */" + total, "");
  CHECK(nothing.status == 308);
  CHECK(header(nothing.response, "Range").empty());
  const auto first = chunk(box, session, "bytes 0-262143/" + total, raw.substr(0, kChunk));
  CHECK(first.status == 308);
  CHECK(header(first.response, "Range") == "bytes=0-262143");
  CHECK(header(chunk(box, session, "bytes */" + total, "").response, "Range") == "bytes=0-262143");
  CHECK(box.control("sent").empty());
  const auto last =
      chunk(box, session, "bytes 262144-" + std::to_string(raw.size() - 1) + "/" + total, raw.substr(kChunk));
  REQUIRE(last.status == 200);
  CHECK(last.json["labelIds"] == json({"SENT"}));
  const auto again = chunk(box, session, "bytes */" + total, "");
  CHECK(again.status == 200);
  CHECK(again.json["id"] == last.json["id"]);
  CHECK(box.control("sent").size() == 1);
}

TEST_CASE("a resumable upload may come whole in one PUT, with or without Content-Range") {
  GmailFixture box;
  const auto raw = big_mail(3000);
  CHECK(box.send(upload("PUT", kSend, begin(box, raw.size()), {}, raw)).status == 200);
  CHECK(chunk(box, begin(box, raw.size()), "bytes 0-2999/3000", raw).status == 200);
}

TEST_CASE("chunks that break the rules are refused and lose nothing") {
  GmailFixture box;
  const auto raw = big_mail(2 * kChunk);
  const auto session = begin(box, raw.size());
  const auto total = std::to_string(raw.size());
  CHECK(chunk(box, session, "bytes 0-99/" + total, raw.substr(0, 100)).status == 400);
  CHECK(chunk(box, session, "bytes 0-262143/" + total, raw.substr(0, 100)).status == 400);
  CHECK(chunk(box, session, "bytes zero/" + total, raw).status == 400);
  CHECK(chunk(box, session, "bytes 0-262143/999", raw.substr(0, kChunk)).status == 400);
  CHECK(chunk(box, session, "bytes 262144-524287/" + total, raw.substr(kChunk)).status == 308);
  CHECK(chunk(box, session, "bytes 0-524287/" + total, raw).status == 200);
}

TEST_CASE("a session belongs to its path and user and lives a week") {
  GmailFixture box;
  const auto session = begin(box, 100);
  CHECK(box.send(upload("PUT", "/upload/gmail/v1/users/me/messages", session, {}, "x")).status == 404);
  CHECK(chunk(box, "uploadType=resumable&upload_id=unknown", "bytes */100", "").status == 404);
  box.now += std::chrono::hours(24 * 8);
  CHECK(chunk(box, session, "bytes */100", "").status == 404);
}

TEST_CASE("uploads have a limit by method, and JSON bodies a lower one") {
  GmailFixture box;
  const auto over =
      box.send(upload("POST", kSend, "uploadType=resumable",
                      {{"X-Upload-Content-Type", "message/rfc822"}, {"X-Upload-Content-Length", "36700161"}}, ""));
  CHECK(over.status == 413);
  const auto insert =
      box.send(upload("POST", "/upload/gmail/v1/users/me/messages", "uploadType=resumable",
                      {{"X-Upload-Content-Type", "message/rfc822"}, {"X-Upload-Content-Length", "157286400"}}, ""));
  CHECK(insert.status == 200);
  CHECK(box.post("messages/send", {{"raw", std::string(5 * 1024 * 1024, 'A')}}).status == 413);
}

TEST_CASE("an upload costs once, when it begins") {
  GmailFixture box;
  const auto raw = big_mail(100);
  const auto begun =
      box.send(upload("POST", kSend, "uploadType=resumable", {{"X-Upload-Content-Type", "message/rfc822"}}, ""));
  CHECK(begun.response.quota_units == 100);
  const auto location = header(begun.response, "Location");
  const auto done = box.send(upload("PUT", kSend, location.substr(location.find('?') + 1), {}, raw));
  CHECK(done.status == 200);
  CHECK(done.response.quota_units == 0);
}

TEST_CASE("only methods that take uploads are found under /upload") {
  GmailFixture box;
  CHECK(box.send(upload("GET", "/upload/gmail/v1/users/me/profile", "uploadType=media", {}, "")).status == 404);
  CHECK(box.send(upload("POST", "/resumable/upload/gmail/v1/users/me/messages/send", "uploadType=resumable",
                        {{"X-Upload-Content-Type", "message/rfc822"}}, ""))
            .status == 200);
}
