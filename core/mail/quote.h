// The original of an answer as it stands below what is written: quoted, or forwarded under a block that says who wrote
// it. Private to this room; see also quoted_text in reply.h.
#pragma once

#include <string>
#include <string_view>

#include "core/mail/message.h"

namespace mailmgr::mail {

// Empty where there is nothing to quote. From the plain text with `from_text`, or where there is no HTML.
std::string quoted_html(const ParsedMessage& original, bool from_text);
std::string forwarded_text(const ParsedMessage& original);
std::string forwarded_html(const ParsedMessage& original);

// What was written, then, after an empty line, what stands below it.
std::string text_above(std::string_view written, std::string_view below);

// `below` at the end of the HTML that was written, inside its <body> if it has one.
std::string html_above(std::string_view written, std::string_view below);

// Plain text that a person wrote, as HTML; empty for nothing.
std::string as_html_above(std::string_view text);

}  // namespace mailmgr::mail
