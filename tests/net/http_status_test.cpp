#include "core/net/http_status.h"

#include <doctest/doctest.h>

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

const Time kNow = from_rfc3339("1994-11-06T08:49:07Z").value();

HttpResponse with_retry_after(std::string value) {
  return {429, {{"retry-after", std::move(value)}}, ""};
}

}  // namespace

TEST_CASE("HTTP dates are read in the one form servers send") {
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT") == from_rfc3339("1994-11-06T08:49:37Z"));
  for (const char* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 36 Nov 1994 08:49:37 GMT"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_http_date(text));
  }
}

TEST_CASE("Retry-After is seconds or a date, never more than a day, never negative") {
  CHECK(retry_after(with_retry_after("7"), kNow) == 7s);
  CHECK(retry_after(with_retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), kNow) == 30s);
  CHECK(retry_after(with_retry_after("Sun, 06 Nov 1994 08:00:00 GMT"), kNow) == 0s);
  CHECK(retry_after(with_retry_after("99999999"), kNow) == 24h);
  CHECK(retry_after(with_retry_after("99999999999999999999999"), kNow) == 24h);
  for (const char* text : {"", "-5", "soon", "1.5", "7 "}) {
    CAPTURE(text);
    CHECK_FALSE(retry_after(with_retry_after(text), kNow));
  }
  CHECK_FALSE(retry_after(HttpResponse{429, {}, ""}, kNow));
}

TEST_CASE("a status stands for an error that says what to do") {
  const auto code = [](int status) { return error_of_status({status, {}, ""}, "asking", kNow).code; };
  CHECK(code(302) == Code::refused);
  CHECK(code(400) == Code::refused);
  CHECK(code(401) == Code::token_rejected);
  CHECK(code(403) == Code::refused);
  CHECK(code(404) == Code::not_found);
  CHECK(code(408) == Code::try_later);
  CHECK(code(410) == Code::gone);
  CHECK(code(413) == Code::too_large);
  CHECK(code(429) == Code::throttled);
  CHECK(code(500) == Code::try_later);
  CHECK(code(503) == Code::try_later);
  CHECK(error_of_status(with_retry_after("7"), "asking", kNow).retry_after == 7s);
}
