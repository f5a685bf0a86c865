// When a to-do is due, as a person says it.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

// A day (2026-12-24, today, tomorrow, or 3d, 2w, 6m, 1y from now), which lasts until its last second in the local time
// zone, or a time (RFC 3339). usage for anything else, naming `option`.
Result<Time> read_due_date(std::string_view text, Time now, std::string_view option);

// The same for people: the day alone where it is the day's end that counts.
std::string show_due_date(Time due);

}  // namespace mailmgr
