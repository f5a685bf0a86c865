// Bare `mailmgr`: where you are and what comes next.
#pragma once

#include "core/base/result.h"

namespace mailmgr {

class App;

Status welcome(App& app);

}  // namespace mailmgr
