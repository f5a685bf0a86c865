#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/base/encoding.h"
#include "core/mail/text.h"

namespace mailmgr {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 1;
};

// The character at text[at], a byte >= 0x80; broken UTF-8 gives code 0 and length 1.
Character read_character(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (length == 1 || at + length > text.size()) return {};
  std::uint32_t code = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[at + i]);
    if ((byte & 0xC0) != 0x80) return {};
    code = code << 6 | (byte & 0x3F);
  }
  return {code, length};
}

// Writing systems without spaces between words, or where words are looked for inside longer ones: Han, kana, Hangul.
bool is_cjk(std::uint32_t code) {
  static constexpr std::pair<std::uint32_t, std::uint32_t> kRanges[] = {
      {0x1100, 0x11FF}, {0x3041, 0x30FF}, {0x3105, 0x312F}, {0x3131, 0x318E}, {0x31A0, 0x31FF},  {0x3400, 0x4DBF},
      {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFF66, 0xFFDC}, {0x20000, 0x3FFFF}};
  return code >= 0x1100 && std::any_of(std::begin(kRanges), std::end(kRanges),
                                       [&](const auto& range) { return code >= range.first && code <= range.second; });
}

}  // namespace

std::string for_index(std::string_view text, std::size_t max_bytes) {
  std::string out;
  out.reserve(std::min(max_bytes, text.size() + text.size() / 8));
  std::size_t at = 0;
  while (at < text.size() && out.size() < max_bytes) {
    const auto begin = at;
    while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
    out += text.substr(begin, at - begin);
    if (at == text.size()) break;
    const auto character = read_character(text, at);
    const bool alone = is_cjk(character.code);
    if (alone && !out.empty() && out.back() != ' ') out += ' ';
    out += text.substr(at, character.length);
    if (alone) out += ' ';
    at += character.length;
  }
  return std::string(cut_at_character(out, max_bytes));
}

}  // namespace mailmgr
