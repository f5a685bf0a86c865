// Errors that were stored come back by the name of their class.
#pragma once

#include <string_view>

#include "core/base/error.h"

namespace mailmgr {

// The code whose class has that name (exit_classes()); internal for a name that no class has.
Code code_named(std::string_view name);

}  // namespace mailmgr
