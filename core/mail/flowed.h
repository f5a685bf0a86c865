// format=flowed (RFC 3676): paragraphs as lines that programs may wrap anew. Private to this room.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

// Soft-broken lines become paragraphs again. `text` has LF line ends. Quoted paragraphs keep their depth, written as
// "> " per level.
std::string unflow(std::string_view text, bool delsp);

// Lines longer than 76 characters are broken softly at spaces, quoted ones with their marks; blanks at line ends go,
// which have a meaning here. `text` has LF line ends. Words longer than that stay whole.
std::string flow(std::string_view text);

}  // namespace mailmgr::mail
