// A line from standard input that Ctrl-C can interrupt: signals are blocked here, so a plain read would not notice.
#pragma once

#include <optional>
#include <string>

#include "core/ports/clock.h"
#include "core/ports/stop.h"

namespace mailmgr {

// Without its line break, at most 64 KiB; nullopt at the end of input (what came before it counts as a line) or when
// stopped.
std::optional<std::string> read_line(Clock& clock, const Stop& stop);

}  // namespace mailmgr
