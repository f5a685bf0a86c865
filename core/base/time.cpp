#include "core/base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace mailmgr {
namespace {

using namespace std::chrono;

// Times outside the years 0000 to 9999 cannot be written in RFC 3339; they are pulled to these bounds.
constexpr std::int64_t kFirstSecond = -62167219200;
constexpr std::int64_t kLastSecond = 253402300799;

// Reads exactly `digits` decimal digits at the front of `text` and removes them.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_one_of(std::string_view& text, std::string_view choices) {
  if (text.empty() || choices.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<year_month_day> take_date(std::string_view& text) {
  const auto y = take_digits(text, 4);
  if (!y || !take_one_of(text, "-")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take_one_of(text, "-")) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return date;
}

// "09:15:00" with an optional fraction. 60 is a leap second (RFC 3339 §5.7) and becomes the next second.
std::optional<milliseconds> take_time_of_day(std::string_view& text) {
  const auto h = take_digits(text, 2);
  if (!h || *h > 23 || !take_one_of(text, ":")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || *m > 59 || !take_one_of(text, ":")) return std::nullopt;
  const auto s = take_digits(text, 2);
  if (!s || *s > 60) return std::nullopt;
  milliseconds time = hours{*h} + minutes{*m} + seconds{*s};
  if (!take_one_of(text, ".")) return time;
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) return std::nullopt;
  int unit = 100;
  for (const char c : text.substr(0, std::min<std::size_t>(digits, 3))) {
    time += milliseconds{(c - '0') * unit};
    unit /= 10;
  }
  text.remove_prefix(digits);
  return time;
}

// "Z" or "+01:00": what has to be taken off to get UTC.
std::optional<minutes> take_offset(std::string_view& text) {
  if (take_one_of(text, "Zz")) return minutes{0};
  if (text.empty()) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!take_one_of(text, "+-")) return std::nullopt;
  const auto h = take_digits(text, 2);
  if (!h || *h > 23 || !take_one_of(text, ":")) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || *m > 59) return std::nullopt;
  return sign * (hours{*h} + minutes{*m});
}

struct Count {
  std::int64_t number;
  char unit;
};

// "90d": at most six digits and one unit letter.
std::optional<Count> parse_count(std::string_view text) {
  if (text.size() < 2 || text.size() > 7) return std::nullopt;
  Count count{0, text.back()};
  const char* const end = text.data() + text.size() - 1;
  if (text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [stopped, problem] = std::from_chars(text.data(), end, count.number);
  if (problem != std::errc{} || stopped != end) return std::nullopt;
  return count;
}

// `count` days, weeks, calendar months or years before `now`; a day the month does not have becomes its last.
std::optional<Time> before(Time now, const Count& count) {
  if (count.unit == 'd' && count.number <= 200 * 366) return now - days{count.number};
  if (count.unit == 'w' && count.number <= 200 * 53) return now - weeks{count.number};
  const std::int64_t factor = count.unit == 'y' ? 12 : 1;
  if ((count.unit != 'm' && count.unit != 'y') || count.number * factor > 200 * 12) return std::nullopt;
  const auto today = floor<days>(now);
  year_month_day date{today};
  date -= months{count.number * factor};
  if (!date.ok()) date = date.year() / date.month() / last;
  return sys_days{date} + (now - today);
}

std::optional<Time> local_midnight(const year_month_day& date) {
  std::tm local{};
  local.tm_year = static_cast<int>(date.year()) - 1900;
  local.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  local.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  local.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&local);
  if (seconds == -1 && static_cast<int>(date.year()) > 1970) return std::nullopt;
  return from_unix_seconds(seconds);
}

}  // namespace

std::string to_rfc3339(Time time) {
  const auto bounded = from_unix_millis(to_unix_millis(time));
  const auto midnight = floor<days>(bounded);
  const year_month_day date{midnight};
  const hh_mm_ss clock{bounded - midnight};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (clock.subseconds().count() != 0) text += fmt::format(".{:03}", clock.subseconds().count());
  return text + 'Z';
}

std::optional<Time> from_rfc3339(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !take_one_of(text, "Tt ")) return std::nullopt;
  const auto time = take_time_of_day(text);
  if (!time) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return sys_days{*date} + *time - *offset;
}

std::string to_local_date(Time time, bool with_time) {
  const std::time_t seconds = to_unix_seconds(time);
  std::tm local{};
  if (localtime_r(&seconds, &local) == nullptr) return to_rfc3339(time);
  std::string text = fmt::format("{:04}-{:02}-{:02}", local.tm_year + 1900, local.tm_mon + 1, local.tm_mday);
  if (with_time) text += fmt::format(" {:02}:{:02}", local.tm_hour, local.tm_min);
  return text;
}

std::int64_t to_unix_seconds(Time time) {
  return floor<seconds>(time).time_since_epoch().count();
}

Time from_unix_seconds(std::int64_t seconds_since_1970) {
  return Time{seconds{std::clamp(seconds_since_1970, kFirstSecond, kLastSecond)}};
}

std::int64_t to_unix_millis(Time time) {
  return time.time_since_epoch().count();
}

Time from_unix_millis(std::int64_t millis) {
  return Time{milliseconds{std::clamp(millis, kFirstSecond * 1000, kLastSecond * 1000 + 999)}};
}

Result<std::optional<Time>> parse_date(std::string_view text, Time now) {
  if (text == "all") return std::optional<Time>{};
  if (const auto count = parse_count(text)) {
    if (const auto time = before(now, *count)) return time;
  }
  if (const auto time = from_rfc3339(text)) return time;
  std::string_view rest = text;
  const auto date = take_date(rest);
  if (date && rest.empty()) {
    if (const auto time = local_midnight(*date)) return time;
  }
  return Error{Code::usage, fmt::format("reading the date '{}': not a date", text),
               "write 2026-01-31, 2026-01-31T09:15:00Z, an age such as 90d, 12w, 6m or 2y, or all"};
}

Result<milliseconds> parse_duration(std::string_view text) {
  constexpr milliseconds kLongest = days{36500};  // still fits a deadline in nanoseconds
  if (const auto count = parse_count(text)) {
    std::optional<milliseconds> length;
    if (count->unit == 's') length = seconds{count->number};
    if (count->unit == 'm') length = minutes{count->number};
    if (count->unit == 'h') length = hours{count->number};
    if (count->unit == 'd') length = days{count->number};
    if (length && *length <= kLongest) return *length;
  }
  return Error{Code::usage, fmt::format("reading the length of time '{}': not a length of time", text),
               "write a number and a unit: 90s, 4m, 2h or 7d"};
}

}  // namespace mailmgr
