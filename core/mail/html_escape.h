// Plain text as part of an HTML document.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

// For text and for quoted attributes: & < > " ' written as entities.
std::string escape_html(std::string_view text);

// Looks in HTML as it does in plain text: line breaks and runs of blanks are kept. One block.
std::string text_as_html(std::string_view text);

}  // namespace mailmgr::mail
