// Files and folders that belong to one person: checks before something secret is read from or written to them. Every
// refusal is Code::config and its hint is the command that repairs it; what is open to others is not repaired silently:
// somebody may have read it already. Code::store when the disk is full or broken.
#pragma once

#include <sys/stat.h>

#include <string>

#include "core/base/result.h"

namespace mailmgr {

// Makes the folder (0700, parents too) if it is not there. Refuses one of another owner, or that others may write to.
// One that others may only look into is closed to them: the files in it are not open to them (below), so nothing that
// they could have read is hidden by that.
Status prepare_private_folder(const std::string& path);

// Refuses a file that is a link or not regular, of another owner, or open to others in any way; a missing one is fine.
Status check_private_file(const std::string& path);

// The same for a file that is open already.
Status check_private_file(const std::string& path, const struct stat& status);

}  // namespace mailmgr
