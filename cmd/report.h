// How an Error reaches people and programs: two lines on standard error, or one JSON object with --json.
#pragma once

#include <iosfwd>

#include "core/base/error.h"

namespace mailmgr {

void report(const Error& error, std::ostream& err, bool json);

}  // namespace mailmgr
