// What the store asks of its files besides being private (core/base/private_file.h). Errors are Code::config (refused)
// or Code::store (cannot be made or looked at).
#pragma once

#include <string>

#include "core/base/result.h"

namespace mailmgr::store {

// Makes the folder (0700, with its parents) unless it is there, checks it, and returns its path without symbolic links.
Result<std::string> private_folder(const std::string& path);

// Whether there is anything at `path` (a dangling link included).
Result<bool> exists(const std::string& path);

// Makes an empty file 0600; nothing if it is there already.
Status create_private_file(const std::string& path);

}  // namespace mailmgr::store
