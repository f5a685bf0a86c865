// The exit codes of sendmail(8), as its callers know them from sysexits.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace mailmgr {

inline constexpr int kBadData = 65;   // EX_DATAERR: the message cannot be sent as it is
inline constexpr int kSoftware = 70;  // EX_SOFTWARE

// Total over Code: usage 64, not_found 67, refused and partial 69, internal 70, store 74, config 78; 75, which asks to
// try again, for what passes by itself or with a login.
int sysexit(Code code);

// The program's words as its name means them: `sendmail`, `mailq` and `newaliases` are links that mail servers have.
std::vector<std::string> words_as_called(std::string_view program, std::vector<std::string> words);

}  // namespace mailmgr
