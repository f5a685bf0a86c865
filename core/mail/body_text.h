// From the text parts of a message to what a person reads: which parts count, their charset and format, the snippet.
// Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::mail {

struct TextPart {
  bool html = false;
  int alternative = 0;  // the multipart/alternative it belongs to; 0 if none
  std::string text;     // UTF-8, LF line ends
};

// The parts in order, joined; an HTML part is rendered only where no plain text stands beside it as an alternative.
// At most `max_bytes`, cut at a character.
std::string choose_body(const std::vector<TextPart>& parts, std::size_t max_bytes);

// The same as HTML, at most `max_bytes`: plain text is turned into it where no HTML stands beside it. Empty if no part
// is HTML.
std::string choose_html(const std::vector<TextPart>& parts, std::size_t max_bytes);

// CR LF and lone CR become LF.
std::string with_unix_line_ends(std::string_view text);

// One line of about 200 characters: what the writer says first, without quoted lines, the line announcing them and the
// signature; with them if there is nothing else.
std::string make_snippet(std::string_view body);

}  // namespace mailmgr::mail
