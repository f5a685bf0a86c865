#include "cmd/due_date.h"

#include <fmt/format.h>

#include <charconv>
#include <ctime>

#include "cmd/output/terminal.h"

namespace mailmgr {
namespace {

std::tm local(Time time) {
  const auto seconds = static_cast<std::time_t>(to_unix_seconds(time));
  std::tm day{};
  ::localtime_r(&seconds, &day);
  return day;
}

// The last second of a day of the local calendar, whatever the clocks do that day.
Time end_of(std::tm day) {
  ++day.tm_mday;
  day.tm_hour = day.tm_min = day.tm_sec = 0;
  day.tm_isdst = -1;
  return from_unix_seconds(static_cast<std::int64_t>(::mktime(&day)) - 1);
}

}  // namespace

Result<Time> read_due_date(std::string_view text, Time now, std::string_view option) {
  auto day = local(now);
  if (text == "today") return end_of(day);
  if (text == "tomorrow") return ++day.tm_mday, end_of(day);
  int count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem == std::errc() && count >= 0 && count <= 9999 && end + 1 == text.data() + text.size()) {
    switch (*end) {
      case 'd':
        return day.tm_mday += count, end_of(day);
      case 'w':
        return day.tm_mday += 7 * count, end_of(day);
      case 'm':
        return day.tm_mon += count, end_of(day);
      case 'y':
        return day.tm_year += count, end_of(day);
      default:
        break;
    }
  }
  if (const auto time = from_rfc3339(text)) return *time;
  if (const auto date = parse_date(text, now); date && *date && text.size() == 10) return end_of(local(**date));
  return Error{Code::usage, fmt::format("{}: \"{}\" is no date", option, output::one_line(text)),
               "2026-12-24, today, tomorrow, 3d, 2w (from now), or RFC 3339"};
}

std::string show_due_date(Time due) {
  return to_local_date(due, end_of(local(due)) != due);
}

}  // namespace mailmgr
