#include "providers/google/google_batch.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "providers/google/raw_stream.h"

using namespace mailmgr;
using namespace mailmgr::google;

namespace {

std::string part(const std::string& id, const std::string& body, const std::string& status = "200 OK") {
  return "--batch_x\r\nContent-Type: application/http\r\nContent-ID: <response-" + id + ">\r\n\r\nHTTP/1.1 " + status +
         "\r\nContent-Type: application/json; charset=UTF-8\r\nRetry-After: 3\r\n\r\n" + body + "\r\n";
}

struct Read {
  std::vector<BatchPart> parts;
  bool went_on = true;
  bool stopped = false;
  std::optional<std::size_t> oversized;
};

Read read(const std::string& body, std::size_t step, std::size_t requests = 10) {
  Read result;
  BatchReader reader(requests, [&](BatchPart p) {
    result.parts.push_back(std::move(p));
    return true;
  });
  for (std::size_t at = 0; at < body.size() && result.went_on; at += step) {
    result.went_on = reader.feed(std::string_view(body).substr(at, step));
  }
  result.stopped = reader.stopped();
  result.oversized = reader.oversized();
  return result;
}

}  // namespace

TEST_CASE("a batch's parts are read whatever the pieces they arrive in") {
  const auto body = part("2", R"({"id":"c"})") + part("0", R"({"id":"a"})", "404 Not Found") + part("1", "") +
                    "--batch_x--\r\nepilogue\r\n" + part("3", "{}") + "--batch_x--\r\n";
  for (const std::size_t step : {1, 2, 3, 7, 64, 100000}) {
    CAPTURE(step);
    const auto result = read(body, step);
    REQUIRE(result.parts.size() == 3);
    CHECK(result.went_on);
    CHECK(result.parts[0].index == 2);
    CHECK(result.parts[0].http.status == 200);
    CHECK(result.parts[0].http.body == R"({"id":"c"})");
    CHECK(result.parts[0].http.header("retry-after") == "3");
    CHECK(result.parts[1].index == 0);
    CHECK(result.parts[1].http.status == 404);
    CHECK(result.parts[2].http.body.empty());
  }
}

TEST_CASE("bare line feeds, a preamble line break and boundaries with spaces are taken") {
  const std::string body =
      "\r\n--b b \nContent-ID: <response-0>\n\nHTTP/1.1 200 OK\n\n{}\n--b b\nContent-ID: <response-1>\n\nHTTP/1.1 500 "
      "X\n\n\n--b b--";
  const auto result = read(body, 5);
  REQUIRE(result.parts.size() == 2);
  CHECK(result.parts[0].http.body == "{}");
  CHECK(result.parts[1].http.status == 500);
}

TEST_CASE("parts that belong to no request or have no status are left out") {
  const auto body = part("10", "{}") + part("x", "{}") + part("-1", "{}") + part("99999999999999999999", "{}") +
                    part("3", "{}", "OK") + part("4", "{}") + "--batch_x--";
  const auto result = read(body, 1000);
  REQUIRE(result.parts.size() == 1);
  CHECK(result.parts[0].index == 4);
}

TEST_CASE("an answer that is no batch is given up at once") {
  CHECK(read("<html><body>sign in</body></html>\n", 10).stopped);
  CHECK(read(std::string(100000, 'x'), 100).stopped);
  CHECK(read("--" + std::string(100000, 'x') + "\n", 100).stopped);
  CHECK(read("--\nContent-ID: <response-0>\n\n", 100).stopped);
}

TEST_CASE("an answer cut short gives its whole parts and no half one") {
  const auto body = part("0", R"({"id":"a"})") + part("1", R"({"id":"b"})");
  CHECK(read(body, 11).parts.size() == 1);
  CHECK(read(body.substr(0, body.size() / 2), 11).parts.empty());
}

TEST_CASE("a part beyond the limit is named and ends the reading") {
  const auto body = part("0", "{}") + part("7", std::string(BatchReader::kMaxPart + 1000000, 'A')) + "--batch_x--";
  const auto result = read(body, 65536);
  CHECK(result.parts.size() == 1);
  CHECK_FALSE(result.went_on);
  CHECK(result.oversized == 7);
}

TEST_CASE("a batch's requests carry their number and path") {
  const auto batch = write_batch({"/gmail/v1/users/me/messages/a?format=raw", "/b"});
  CHECK(batch.content_type.starts_with("multipart/mixed; boundary="));
  CHECK(batch.body.find("Content-ID: <1>\r\n\r\nGET /b\r\n") != std::string::npos);
  CHECK(batch.body.ends_with("--\r\n"));
}

namespace {

Result<RawStream::Parts> stream(const std::string& body, std::size_t step) {
  RawStream reader;
  for (std::size_t at = 0; at < body.size(); at += step) {
    if (!reader.feed(std::string_view(body).substr(at, step))) break;
  }
  return std::move(reader).finish();
}

}  // namespace

TEST_CASE("a message is decoded from a stream whatever the pieces") {
  std::string mime;
  for (int i = 0; i < 50000; ++i) mime += static_cast<char>(i * 7);
  const auto body = R"({ "id": "m\"", "labelIds": ["raw", "a:b"], "x": {"raw": "not this"},
    "raw" : ")" + base64url(mime) +
                    R"(", "internalDate": "5" })";
  for (const std::size_t step : {1, 3, 4096, 1000000}) {
    CAPTURE(step);
    const auto parts = stream(body, step).value();
    CHECK(parts.raw.bytes().value() == mime);
    CHECK(parts.rest.find("not this") != std::string::npos);
    CHECK(parts.rest.find(R"("raw" : "")") != std::string::npos);
  }
}

TEST_CASE("padding written as an escape is padding") {
  CHECK(stream(R"({"raw":"YQ\u003d\u003d"})", 2).value().raw.bytes().value() == "a");
  CHECK(stream(R"({"raw":"\/\/8="})", 1).value().raw.bytes().value() == "\xff\xff");
}

TEST_CASE("streams that are cut short, no base64 or endless are refused") {
  CHECK(stream(R"({"id":"m","raw":"YWFh)", 5).error().code == Code::no_answer);
  CHECK(stream(R"({"id":"m","raw":"Y!!h"})", 5).error().code == Code::refused);
  CHECK(stream("{\"x\":\"" + std::string(3 << 20, 'x'), 4096).error().code == Code::refused);
  CHECK(stream("", 1).error().code == Code::no_answer);
}
