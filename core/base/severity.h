// Which of several failures decides how a run ends: exit codes 130, 10, 1, 3, 4, 6, 5, 7, 8, 9, 2, the first counts
// most.
#pragma once

#include <optional>

#include "core/base/error.h"

namespace mailmgr {

// `worst` becomes `error` where that counts more.
void keep_worst(std::optional<Error>& worst, const Error& error);

}  // namespace mailmgr
