// Base64 both ways. Every message travels through this (Gmail's `raw` is base64url), so both directions work on whole
// groups with tables: two lookups per three bytes when encoding, four per four characters when decoding.
#include <array>
#include <cstdint>
#include <cstring>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// The two characters of every 12-bit value.
using Pairs = std::array<std::array<char, 2>, 4096>;

constexpr Pairs make_pairs(std::string_view alphabet) {
  Pairs pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {alphabet[i >> 6], alphabet[i & 63]};
  return pairs;
}

constexpr Pairs kStandardPairs = make_pairs(kStandard);
constexpr Pairs kUrlSafePairs = make_pairs(kUrlSafe);

// The value of a character of either alphabet at each of the four places of a group, so that a group is the OR of four
// lookups; any other character sets a bit above the 24.
constexpr std::uint32_t kBad = 1U << 31;
using Places = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr Places make_places() {
  Places places{};
  for (auto& place : places) place.fill(kBad);
  for (const std::string_view alphabet : {kStandard, kUrlSafe}) {
    for (std::uint32_t value = 0; value < 64; ++value) {
      for (std::uint32_t place = 0; place < 4; ++place) {
        places[place][static_cast<unsigned char>(alphabet[value])] = value << (18 - 6 * place);
      }
    }
  }
  return places;
}

constexpr Places kPlaces = make_places();

std::string encode(std::string_view bytes, const Pairs& pairs, bool pad) {
  const std::size_t tail = bytes.size() % 3;
  const std::size_t tail_chars = tail == 0 ? 0 : (pad ? 4 : tail + 1);
  std::string text(bytes.size() / 3 * 4 + tail_chars, '=');
  const auto* in = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* const groups_end = in + (bytes.size() - tail);
  char* out = text.data();
  for (; in != groups_end; in += 3, out += 4) {
    const std::uint32_t group =
        static_cast<std::uint32_t>(in[0]) << 16 | static_cast<std::uint32_t>(in[1]) << 8 | in[2];
    std::memcpy(out, pairs[group >> 12].data(), 2);
    std::memcpy(out + 2, pairs[group & 4095].data(), 2);
  }
  if (tail == 0) return text;
  const std::uint32_t last =
      static_cast<std::uint32_t>(in[0]) << 16 | (tail == 2 ? static_cast<std::uint32_t>(in[1]) << 8 : 0);
  std::memcpy(out, pairs[last >> 12].data(), 2);
  if (tail == 2) out[2] = pairs[last & 4095][0];
  return text;
}

char* put_group(char* out, std::uint32_t group) {
  out[0] = static_cast<char>(group >> 16);
  out[1] = static_cast<char>(group >> 8);
  out[2] = static_cast<char>(group);
  return out + 3;
}

bool is_line_break(char c) {
  return c == '\n' || c == '\r';
}

// Whether `rest`, which starts with '=', is exactly the padding a last group of `filled` characters needs.
bool is_padding(std::string_view rest, int filled) {
  int missing = 4 - filled;
  for (const char c : rest) {
    if (is_line_break(c)) continue;
    if (c != '=' || --missing < 0) return false;
  }
  return missing == 0 && filled >= 2;
}

}  // namespace

std::string base64(std::string_view bytes) {
  return encode(bytes, kStandardPairs, true);
}
std::string base64url(std::string_view bytes) {
  return encode(bytes, kUrlSafePairs, false);
}

std::optional<std::string> base64_decode(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 3, '\0');
  char* out = bytes.data();
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = in + text.size();
  std::uint32_t group = 0;
  int filled = 0;  // characters of the current group seen so far
  while (in != end) {
    for (; filled == 0 && end - in >= 4; in += 4, out += 3) {
      const std::uint32_t whole = kPlaces[0][in[0]] | kPlaces[1][in[1]] | kPlaces[2][in[2]] | kPlaces[3][in[3]];
      if (whole & kBad) break;
      put_group(out, whole);
    }
    if (in == end) break;
    // One at a time over what is not four plain characters: line breaks, the end, errors.
    const unsigned char c = *in;
    if (c == '=') {
      if (!is_padding(text.substr(text.size() - static_cast<std::size_t>(end - in)), filled)) return std::nullopt;
      break;
    }
    ++in;
    if (is_line_break(static_cast<char>(c))) continue;
    if (kPlaces[3][c] == kBad) return std::nullopt;
    group = group << 6 | kPlaces[3][c];
    if (++filled < 4) continue;
    out = put_group(out, group);
    group = 0;
    filled = 0;
  }
  if (filled == 1) return std::nullopt;
  if (filled > 0) {
    put_group(out, group << (6 * (4 - filled)));
    out += filled - 1;
  }
  bytes.resize(static_cast<std::size_t>(out - bytes.data()));
  return bytes;
}

}  // namespace mailmgr
