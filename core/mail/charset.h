// Bytes in a charset that a mail claims → UTF-8. Charsets lie and are unknown; whatever cannot be read becomes U+FFFD.
// Private to this room. Never fails.
#pragma once

#include <string>
#include <string_view>

namespace mailmgr::mail {

struct CharsetText {
  std::string text;      // valid UTF-8, without NUL
  bool damaged = false;  // some bytes were not in the charset, or the charset is unknown
};

// An empty `charset` means none was given: UTF-8 where the bytes are that, else Windows-1252, noted as damage.
// ISO-8859-1 and US-ASCII are read as their superset Windows-1252, GB2312 as GB18030, as browsers do (WHATWG Encoding).
CharsetText to_utf8(std::string_view bytes, std::string_view charset);

// The charset a <meta> element in the first kilobyte of an HTML document names; empty if none.
std::string charset_in_html(std::string_view html);

}  // namespace mailmgr::mail
