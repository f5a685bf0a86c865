// Reads a pasted redirect URL while the listener waits too.
#pragma once

#include <optional>
#include <string>

#include "core/ports/clock.h"
#include "core/ports/stop.h"

namespace mailmgr {

// One line from standard input: on a terminal with the echo off (the URL holds the code) and of any length; nullopt at
// the end of input or when stopped.
std::optional<std::string> read_paste(Clock& clock, const Stop& stop);

}  // namespace mailmgr
