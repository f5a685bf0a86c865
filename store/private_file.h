// The store's files belong to one person: folders 0700, files 0600, owned by who runs the program, never a symbolic
// link. What is open to others is refused with the command that repairs it, not repaired silently: somebody may have
// read it already. Errors are Code::config (refused) or Code::store (cannot be made or looked at).
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

// Checks a file; nothing there is fine.
Status check_private_file(const std::string& path);

}  // namespace mailmgr::store
