// The scopes a sandbox client may ask Google for, with what Google's consent page says of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/sandbox/oauth.h"

namespace mailmgr::sandbox {

// `name` as sent; email and profile become userinfo.email and userinfo.profile, as in Google's token answers. nullopt
// for a scope Google does not know.
std::optional<ScopeChoice> google_scope(std::string_view name);

// Whether Google's device flow may ask for it ("OAuth 2.0 for TV and limited-input devices": allowed scopes).
bool google_device_scope(std::string_view canonical);

}  // namespace mailmgr::sandbox
