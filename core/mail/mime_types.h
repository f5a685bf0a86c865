// File names → media types, for attachments whose type nobody gave. Private to this room.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

// By the extension, any case; "application/octet-stream" for those not known here.
std::string guess_type(std::string_view file_name);

}  // namespace mailmgr::mail
