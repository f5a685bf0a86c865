// What belongs to the process around a run: signals, the last catch, and the exit code of an interruption.
#pragma once

#include <functional>

#include "core/ports/stop.h"
#include "core/ports/wakeups.h"

namespace mailmgr {

// Calls `run` once and returns the process's exit code. `of_a_bug` is the code where something unforeseen is thrown:
// nothing leaves as a stack trace.
int run_process(const std::function<int(const Stop&, Wakeups&)>& run, int of_a_bug);

}  // namespace mailmgr
