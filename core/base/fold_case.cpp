#include "core/base/fold_case.h"

namespace mailmgr {
namespace {

bool within(unsigned c, unsigned first, unsigned last) {
  return c >= first && c <= last;
}

// Latin Extended-A: capital and small letter alternate, with a shift of one in the middle.
unsigned fold_latin_extended(unsigned c) {
  if (c == 0x178) return 0xFF;
  if (c == 0x130 || c == 0x131) return c;  // Turkish i: no partner that holds in every language
  const bool odd_capitals = within(c, 0x139, 0x148) || within(c, 0x179, 0x17E);
  const bool even_capitals = within(c, 0x100, 0x137) || within(c, 0x14A, 0x177);
  if (odd_capitals) return c % 2 == 1 ? c + 1 : c;
  return even_capitals && c % 2 == 0 ? c + 1 : c;
}

unsigned fold_greek(unsigned c) {
  if (within(c, 0x391, 0x3AB) && c != 0x3A2) return c + 32;
  if (c == 0x386) return 0x3AC;
  if (within(c, 0x388, 0x38A)) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (within(c, 0x38E, 0x38F)) return c + 63;
  return c == 0x3C2 ? 0x3C3 : c;  // final sigma
}

unsigned fold_cyrillic(unsigned c) {
  if (within(c, 0x400, 0x40F)) return c + 80;
  if (within(c, 0x410, 0x42F)) return c + 32;
  const bool pairs = within(c, 0x460, 0x481) || within(c, 0x48A, 0x4BF) || within(c, 0x4D0, 0x52F);
  return pairs && c % 2 == 0 ? c + 1 : c;
}

// All of these are two bytes in UTF-8 before and after.
unsigned fold(unsigned c) {
  if (within(c, 0xC0, 0xDE)) return c == 0xD7 ? c : c + 32;
  if (within(c, 0x100, 0x17F)) return fold_latin_extended(c);
  if (within(c, 0x370, 0x3FF)) return fold_greek(c);
  if (within(c, 0x400, 0x52F)) return fold_cyrillic(c);
  return c;
}

}  // namespace

std::string fold_case(std::string_view utf8) {
  std::string result(utf8);
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto byte = static_cast<unsigned char>(result[i]);
    if (byte < 0x80) {
      if (byte >= 'A' && byte <= 'Z') result[i] = static_cast<char>(byte + 32);
    } else if ((byte & 0xE0U) == 0xC0 && i + 1 < result.size()) {
      const auto folded = fold((byte & 0x1FU) << 6 | (static_cast<unsigned char>(result[i + 1]) & 0x3FU));
      result[i] = static_cast<char>(0xC0U | folded >> 6);
      result[++i] = static_cast<char>(0x80U | (folded & 0x3FU));
    }
  }
  return result;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && fold_case(a) == fold_case(b);
}

}  // namespace mailmgr
