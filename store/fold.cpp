#include "store/fold.h"

namespace mailmgr::store {
namespace {

bool within(unsigned c, unsigned first, unsigned last) {
  return c >= first && c <= last;
}

// By code point, '.' where the letter has no canonical decomposition into a Latin letter and marks (Unicode 15).
struct Plain {
  unsigned first;
  std::string_view letters;
};
constexpr Plain kPlain[] = {
    {0xC0,
     "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.yaaaaaaccccccccdd..eeeeeeeeeegggg"
     "gggghh..iiiiiiiii...jjkk.llllll....nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz."},
    {0x1CD,
     "aaiioouuuuuuuuuu.aaaa....ggkkoooo..j...gg..nnaa....aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooo"
     "oooooyy"},
    {0x1E00,
     "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr"
     "ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwy......aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
     "eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......"}};

char plain_letter(unsigned c) {
  for (const auto& [first, letters] : kPlain) {
    if (c < first || c >= first + letters.size()) continue;
    const char letter = letters[c - first];
    return letter == '.' ? '\0' : letter;
  }
  return '\0';
}

}  // namespace

std::string without_accents(std::string_view utf8) {
  std::string result;
  result.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    const auto at = [&](std::size_t n) { return static_cast<unsigned char>(utf8[n]) & 0x3FU; };
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    unsigned code = 0;
    if (length == 2 && i + 1 < utf8.size()) code = (lead & 0x1FU) << 6 | at(i + 1);
    if (length == 3 && i + 2 < utf8.size()) code = (lead & 0xFU) << 12 | at(i + 1) << 6 | at(i + 2);
    if (const char plain = plain_letter(code)) {
      result += plain;
    } else if (!within(code, 0x300, 0x36F)) {
      result += utf8.substr(i, length);
    }
    i += length;
  }
  return result;
}

}  // namespace mailmgr::store
