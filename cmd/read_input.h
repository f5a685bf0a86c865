// What a command is given to read: a file, or standard input as "-".
#pragma once

#include <string>
#include <string_view>

#include "core/base/blob.h"

namespace mailmgr {

// Large contents do not become memory. Errors as Blob::read_file, naming `option`.
Result<Blob> read_input(const std::string& file, std::string_view option);

// The same as text; usage if it is not UTF-8, too_large beyond 32 MiB, which no provider takes as text.
Result<std::string> read_text_input(const std::string& file, std::string_view option);

}  // namespace mailmgr
