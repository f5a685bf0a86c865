// Points in time and the forms in which people and providers write them.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace mailmgr {

using std::chrono::milliseconds;
using Time = std::chrono::sys_time<milliseconds>;  // wall-clock time, UTC

std::string to_rfc3339(Time time);                            // "2026-01-31T09:15:00Z"; milliseconds only when not 0
std::optional<Time> from_rfc3339(std::string_view text);      // any offset, fractions cut to milliseconds
std::string to_local_date(Time time, bool with_time = true);  // "2026-01-31 10:15" in the local time zone, for people

// Servers can send any number: what lies outside the years 0000 to 9999 is pulled to their bounds.
std::int64_t to_unix_seconds(Time time);
Time from_unix_seconds(std::int64_t seconds);
std::int64_t to_unix_millis(Time time);
Time from_unix_millis(std::int64_t millis);

// A DATE of the command line: 2026-01-31 (midnight, local time zone), RFC 3339, 90d, 12w, 6m, 2y (ago), or `all`, which
// is nullopt. Anything else is a usage error naming the forms.
Result<std::optional<Time>> parse_date(std::string_view text, Time now);

// A length of time of the command line: 90s, 4m, 2h, 7d; a usage error otherwise.
Result<milliseconds> parse_duration(std::string_view text);

}  // namespace mailmgr
