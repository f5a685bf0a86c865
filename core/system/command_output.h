// The output of a program that is run for a secret: without a shell, without a terminal, never for long, never much.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

struct CommandLimits {
  std::chrono::milliseconds time = std::chrono::seconds(10);
  std::size_t output = 4096;  // bytes
};

// Standard output of `argv`, whose program is looked for in PATH and has this process's environment. It runs in a
// session of its own, with nothing to read; whatever it started and left behind is killed with it. Code::config, naming
// the command, when it cannot be started, ends with another code than 0 (its last words on standard error are told),
// takes too long, or prints too much.
Result<Secret> command_output(const std::vector<std::string>& argv, const CommandLimits& limits = {});

}  // namespace mailmgr
