#include "core/base/time.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <limits>

using namespace mailmgr;

namespace {

// Runs in a chosen time zone and puts the old one back.
class Zone {
 public:
  explicit Zone(const char* name) {
    if (const char* old = std::getenv("TZ")) old_ = old;
    setenv("TZ", name, 1);
    tzset();
  }
  ~Zone() {
    if (old_.empty()) {
      unsetenv("TZ");
    } else {
      setenv("TZ", old_.c_str(), 1);
    }
    tzset();
  }

 private:
  std::string old_;
};

Time at(std::string_view text) {
  return from_rfc3339(text).value();
}

}  // namespace

TEST_CASE("RFC 3339 is written in UTC, with milliseconds only where there are any") {
  CHECK(to_rfc3339(from_unix_seconds(0)) == "1970-01-01T00:00:00Z");
  CHECK(to_rfc3339(from_unix_millis(1767225599007)) == "2025-12-31T23:59:59.007Z");
  CHECK(to_rfc3339(from_unix_millis(-1)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("RFC 3339 is read with offsets, fractions and leap seconds") {
  CHECK(to_unix_millis(at("1970-01-01T01:00:00+01:00")) == 0);
  CHECK(to_unix_millis(at("1969-12-31t19:00:00.5-05:00")) == 500);
  CHECK(to_unix_millis(at("1970-01-01T00:00:00.0129999Z")) == 12);
  CHECK(at("2016-12-31T23:59:60Z") == at("2017-01-01T00:00:00Z"));
}

TEST_CASE("what is not RFC 3339 is refused") {
  for (const char* text : {"", "2026-01-31", "2026-01-31T09:15:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-01-31T24:00:00Z", "2026-01-31T09:60:00Z", "2026-01-31T09:15:00.Z",
                           "2026-01-31T09:15:00Zx", "2026-01-31T09:15:00+1:00", "+026-01-31T09:15:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(from_rfc3339(text));
  }
}

TEST_CASE("times a server makes up stay within the years that can be written") {
  CHECK(to_rfc3339(from_unix_seconds(std::numeric_limits<std::int64_t>::max())) == "9999-12-31T23:59:59Z");
  CHECK(to_rfc3339(from_unix_millis(std::numeric_limits<std::int64_t>::max())) == "9999-12-31T23:59:59.999Z");
  CHECK(to_rfc3339(from_unix_seconds(std::numeric_limits<std::int64_t>::min())) == "0000-01-01T00:00:00Z");
}

TEST_CASE("people see local time") {
  const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  CHECK(to_local_date(at("2026-01-31T09:15:00Z")) == "2026-01-31 10:15");
  CHECK(to_local_date(at("2026-07-31T22:15:00Z")) == "2026-08-01 00:15");
  CHECK(to_local_date(at("2026-01-31T09:15:00Z"), false) == "2026-01-31");
}

TEST_CASE("a plain date is midnight in the local time zone") {
  const Zone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const auto date = parse_date("2026-07-01", at("2026-11-23T00:00:00Z"));
  REQUIRE(date);
  CHECK(to_rfc3339(date->value()) == "2026-06-30T22:00:00Z");
}

TEST_CASE("ages count back from now, months and years by the calendar") {
  const Time now = at("2024-03-31T08:00:00Z");
  CHECK(parse_date("90d", now)->value() == at("2024-01-01T08:00:00Z"));
  CHECK(parse_date("2w", now)->value() == at("2024-03-17T08:00:00Z"));
  CHECK(parse_date("1m", now)->value() == at("2024-02-29T08:00:00Z"));
  CHECK(parse_date("2y", now)->value() == at("2022-03-31T08:00:00Z"));
}

TEST_CASE("all is no date, and RFC 3339 is a date") {
  const auto all = parse_date("all", Time{});
  REQUIRE(all);
  CHECK_FALSE(all->has_value());
  CHECK(parse_date("2026-01-31T09:15:00Z", Time{})->value() == at("2026-01-31T09:15:00Z"));
}

TEST_CASE("what is not a date is a usage error that names the forms") {
  for (const char* text : {"", "d", "90", "-90d", "+90d", "yesterday", "2026-02-30", "2026-1-31", "999999y", "1234567d",
                           "2026-01-31 ", "90D"}) {
    CAPTURE(text);
    const auto date = parse_date(text, Time{});
    REQUIRE_FALSE(date);
    CHECK(date.error().code == Code::usage);
    CHECK(date.error().hint.find("90d") != std::string::npos);
  }
}

TEST_CASE("lengths of time have a number and a unit") {
  CHECK(parse_duration("90s").value() == milliseconds(90'000));
  CHECK(parse_duration("4m").value() == milliseconds(240'000));
  CHECK(parse_duration("2h").value() == milliseconds(7'200'000));
  CHECK(parse_duration("7d").value() == milliseconds(604'800'000));
  for (const char* text : {"", "s", "90", "1.5h", "-4m", "4 m", "4w", "999999d"}) {
    CAPTURE(text);
    CHECK(parse_duration(text).error().code == Code::usage);
  }
}
