#include "core/oauth/server_text.h"

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

std::size_t length_of_character(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

// Characters that act on a terminal or on the direction of text instead of showing something. `c` is one character of
// valid UTF-8.
bool is_harmful(std::string_view c) {
  if (c.size() == 1) return static_cast<unsigned char>(c[0]) < 0x20 || c[0] == 0x7f;
  if (c.size() == 2) return c[0] == '\xc2' && static_cast<unsigned char>(c[1]) < 0xa0;  // C1: U+0080 to U+009F
  if (c.size() != 3 || c[0] != '\xe2') return false;
  const auto last = static_cast<unsigned char>(c[2]);
  if (c[1] == '\x80')
    return (last >= 0x8b && last <= 0x8f) || (last >= 0xa8 && last <= 0xae);  // U+200B…200F, 2028…202E
  return c[1] == '\x81' && last >= 0xa0 && last <= 0xaf;                      // U+2060…206F
}

}  // namespace

std::string server_text(std::string_view text, std::size_t limit) {
  // Each character grows to at most three bytes (U+FFFD), so this much input is always enough.
  const std::string valid = to_valid_utf8(text.substr(0, limit * 8));
  std::string line;
  bool space = false;
  for (std::size_t at = 0; at < valid.size();) {
    const std::string_view c =
        std::string_view(valid).substr(at, length_of_character(static_cast<unsigned char>(valid[at])));
    at += c.size();
    if (c == " " || is_harmful(c)) {
      space = !line.empty();
      continue;
    }
    if (line.size() + c.size() + 1 > limit) return line + "…";
    if (space) line += ' ';
    space = false;
    line += c;
  }
  return line;
}

}  // namespace mailmgr
