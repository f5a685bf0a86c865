// Runs a program of the user's choice and gives it something to read: without a shell.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/stop.h"

namespace mailmgr {

// Runs `argv` (child_process.h), writes `input` to its standard input, and waits for its end; its standard output goes
// to the descriptor `out`, its errors to ours. A program that does not read everything is not at fault. Code::partial,
// naming the command, when it cannot be started or ends with another code than 0; interrupted when `stop` ended it.
Status run_program(const std::vector<std::string>& argv, std::string_view input, int out, Clock& clock,
                   const Stop& stop);

}  // namespace mailmgr
