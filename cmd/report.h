// How an Error reaches people and programs: two lines on standard error, or one JSON object with --json.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/base/error.h"

namespace mailmgr {

// {"code","message","hint"}: the `error` of any line of JSON. In place of a hint's "--account NAME" stands the
// error's account, else the one that is given.
nlohmann::ordered_json to_json(const Error& error, std::string_view account = {});

// Whether the name stands by itself in the message, and is no part of another.
bool holds_name(std::string_view message, std::string_view name);

// Names the error's account, unless its message does.
void report(const Error& error, std::ostream& err, bool json);

}  // namespace mailmgr
