// Case folding for names and addresses: the alphabets whose capitals have one simple partner (Latin, Greek, Cyrillic;
// Unicode CaseFolding.txt, status C). Everything else stays as it is, accents too.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr {

std::string fold_case(std::string_view utf8);

// As names of folders and labels are compared wherever one is asked for.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace mailmgr
