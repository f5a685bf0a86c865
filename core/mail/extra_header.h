// Header fields that people add with --header 'X-Name: value'.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace mailmgr {

// "X-Name: value" → name and value. Code::usage if it is none, or one that check_extra_header refuses.
Result<std::pair<std::string, std::string>> parse_extra_header(std::string_view text);

// Code::usage for a name that is none (RFC 5322 §3.6.8), for fields that say who writes what to whom and what the
// message is made of, which the composer writes, for fields that mail servers write about a message on its way, and for
// values that do not fit in a header.
Status check_extra_header(std::string_view name, std::string_view value);

}  // namespace mailmgr
