// Small secret files, read and written whole. Reading opens no link, waits for no pipe and reads no more than a key or
// a page of settings can be; writing goes through another name, so that a crash leaves the old content or the new.
// Errors name the path; callers say what was tried.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

enum class FileOwner {
  user,    // ours alone (check_private_file)
  system,  // ours or root's, at most readable by the group: systemd gives access to a credential by such a mode
};

// Code::not_found when there is none; config for a file that is not safe, with the remedy, or that cannot be read.
Result<Secret> read_secret_file(const std::string& path, FileOwner owner = FileOwner::user);

enum class IfThere { keep, replace };

// True when `content` was written (0600, on disk when this returns); false when a file was there and is kept.
// Code::config or store when that cannot be done.
Result<bool> write_secret_file(const std::string& path, std::string_view content, IfThere if_there);

}  // namespace mailmgr
