// A key as text, the way every source holds it: one line with 32 bytes as base64 or hexadecimal. Any other line is a
// passphrase, where the settings have a salt to stretch it with (scrypt, RFC 7914).
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"

namespace mailmgr {

// The key of 32 bytes. Code::config, its message beginning with `what`, for several lines, no line, or a passphrase
// that is too short or may not be one. The text is never quoted.
Result<Secret> key_from_text(const Secret& text, std::string_view salt, std::string_view what);

// The line, with its end.
Secret key_as_text(const Secret& key);

}  // namespace mailmgr
