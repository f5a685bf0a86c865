#include "providers/google/google_batch.h"

#include <doctest/doctest.h>

#include <map>

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

TEST_CASE("a part beyond the limit ends the reading") {
  const auto body = part("0", "{}") + part("7", std::string(BatchReader::kMaxPart + 1000000, 'A')) + "--batch_x--";
  const auto result = read(body, 65536);
  CHECK(result.parts.size() == 1);
  CHECK(result.stopped);
}

TEST_CASE("bodies can be had piece by piece, whatever their size; those of errors stay with their part") {
  std::string large;
  while (large.size() < BatchReader::kMaxPart + 100000) large += "\n--batch_y\r\n-- almost a delimiter\r";
  const auto body = part("1", large) + part("2", R"({"error":{}})", "429 Busy") + part("10", large) + part("0", "") +
                    part("3", "{}") + "--batch_x--";
  for (const std::size_t step : {13, 16384, 20000000}) {
    CAPTURE(step);
    std::map<std::size_t, std::string> bodies;
    std::vector<BatchPart> parts;
    BatchReader reader(
        10,
        [&](BatchPart p) {
          parts.push_back(std::move(p));
          return true;
        },
        [&](std::size_t index, std::string_view piece) { bodies[index] += piece; });
    for (std::size_t at = 0; at < body.size(); at += step) CHECK(reader.feed(std::string_view(body).substr(at, step)));
    REQUIRE(parts.size() == 4);
    CHECK(parts[0].http.body.empty());
    CHECK(parts[1].http.body == R"({"error":{}})");
    CHECK(bodies.at(1) == large);
    CHECK(bodies.at(3) == "{}");
    CHECK_FALSE(bodies.contains(2));
    CHECK_FALSE(bodies.contains(10));
  }
}

TEST_CASE("a batch's requests carry their number and path") {
  const auto batch = write_batch({"/gmail/v1/users/me/messages/a?format=raw", "/b"});
  CHECK(batch.content_type.starts_with("multipart/mixed; boundary="));
  CHECK(batch.body.find("Content-ID: <1>\r\n\r\nGET /b\r\n") != std::string::npos);
  CHECK(batch.body.ends_with("--\r\n"));
}
