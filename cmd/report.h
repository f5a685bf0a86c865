// How an Error reaches people and programs: two lines on standard error, or one JSON object with --json.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

#include "core/base/error.h"

namespace mailmgr {

// {"code","message","hint"}: the `error` of any line of JSON.
nlohmann::ordered_json to_json(const Error& error);

void report(const Error& error, std::ostream& err, bool json);

}  // namespace mailmgr
