// Undoes format=flowed (RFC 3676): soft-broken lines become paragraphs again. Private to this room.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

// `text` has LF line ends. Quoted paragraphs keep their depth, written as "> " per level.
std::string unflow(std::string_view text, bool delsp);

}  // namespace mailmgr::mail
