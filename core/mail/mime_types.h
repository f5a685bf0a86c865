// Media types for attachments whose type nobody gave: from the name, else from the content. Private to this room.
#pragma once

#include <string>
#include <string_view>

#include "core/base/blob.h"

namespace mailmgr::mail {

// By the extension, any case; "application/octet-stream" for those not known here.
std::string guess_type(std::string_view file_name);

// The same; where the name says nothing, what the first bytes show: PDF, PNG, JPEG, GIF, ZIP and the office formats
// inside one, gzip, and text, which must be UTF-8 to its end. An error only if the content cannot be read.
Result<std::string> guess_type(std::string_view file_name, const Blob& content);

// Whether all of it is UTF-8 text: no control characters but those that lay out text.
Result<bool> is_utf8_text(const Blob& content);

}  // namespace mailmgr::mail
