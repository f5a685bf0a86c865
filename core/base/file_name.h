// File names out of mail, made safe to create. What a mail calls its attachments is whatever its sender wanted: paths,
// control characters, names that shells, programs or other systems take for something else.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr {

// A name for a file in one folder: no path, not hidden, not an option ("-rf"), no device of Windows (CON, NUL.txt),
// without control characters, directional marks and what other file systems refuse, at most 200 bytes of UTF-8 with the
// extension kept. `type` ("application/pdf") names what has no name of its own.
std::string safe_file_name(std::string_view claimed, std::string_view type);

// The nth name for files that would be called the same: "a.pdf", "a (2).pdf", …
std::string numbered_file_name(std::string_view name, int n);

}  // namespace mailmgr
