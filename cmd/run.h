// The program as a function: from words to an exit code. main.cpp adds only what belongs to the process.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "core/ports/stop.h"
#include "core/ports/wakeups.h"

namespace mailmgr {

// `wakeups` is what a long-running command waits with; nullptr: nobody asks.
int run(const std::vector<std::string>& words, std::ostream& out, std::ostream& err, const Stop& stop,
        Wakeups* wakeups = nullptr);

}  // namespace mailmgr
