// A file that others read while it is replaced: they see the old content or the new, never a part.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace mailmgr {

// Writes `content` beside `path` and renames it into place. Code::store, naming the path, when that cannot be done;
// what was there stays then.
Status replace_file(const std::string& path, std::string_view content, mode_t mode);

}  // namespace mailmgr
