// Folding for names and addresses, where FTS5's own does not reach.
#pragma once

#include <string>
#include <string_view>

#include "core/base/fold_case.h"

namespace mailmgr::store {

// Latin letters with marks become plain small letters, combining marks go, as FTS5's remove_diacritics = 2 has it in
// words. Everything else stays.
std::string without_accents(std::string_view utf8);

}  // namespace mailmgr::store
