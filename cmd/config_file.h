// Where default option values come from: config.toml in the configuration folder, else the system's
// (/etc/mailmgr/config.toml).
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace mailmgr {

// The file to read, empty if there is none. `words` is the command line, which may name --home. Code::config for a file
// that others could have written.
Result<std::string> config_file(const std::vector<std::string>& words);

}  // namespace mailmgr
