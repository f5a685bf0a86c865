// A command line that was understood, run: from the command to an exit code.
#pragma once

#include <iosfwd>

#include "cmd/command_line.h"
#include "core/ports/stop.h"
#include "core/ports/wakeups.h"

namespace mailmgr {

class App;

// `without` runs where no command was named.
int run_command(const CommandLine& line, std::ostream& out, std::ostream& err, const Stop& stop, Wakeups* wakeups,
                Status (*without)(App&));

}  // namespace mailmgr
