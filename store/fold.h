// Case folding for names and addresses, where FTS5's own folding does not reach: the alphabets whose capitals have one
// simple partner (Latin, Greek, Cyrillic; Unicode CaseFolding.txt, status C). Everything else stays as it is.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::store {

std::string fold_case(std::string_view utf8);

// Latin letters with marks become plain small letters, combining marks go, as FTS5's remove_diacritics = 2 has it in
// words. Everything else stays.
std::string without_accents(std::string_view utf8);

}  // namespace mailmgr::store
