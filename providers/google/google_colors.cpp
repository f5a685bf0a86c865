#include "providers/google/google_colors.h"

#include <fmt/format.h>

#include <charconv>

#include "core/base/encoding.h"

namespace mailmgr::google {
namespace {

constexpr std::string_view kAllowed =
    "000000 434343 666666 999999 cccccc efefef f3f3f3 ffffff fb4c2f ffad47 fad165 16a766 43d692 4a86e8 a479e2 f691b3 "
    "f6c5be ffe6c7 fef1d1 b9e4d0 c6f3de c9daf8 e4d7f5 fcdee8 efa093 ffd6a2 fce8b3 89d3b2 a0eac9 a4c2f4 d0bcf1 fbc8d9 "
    "e66550 ffbc6b fcda83 44b984 68dfa9 6d9eeb b694e8 f7a7c0 cc3a21 eaa041 f2c960 149e60 3dc789 3c78d8 8e63ce e07798 "
    "ac2b16 cf8933 d5ae49 0b804b 2a9c68 285bac 653e9b b65775 822111 a46a21 aa8831 076239 1a764d 1c4587 41236d 83334c "
    "464646 e7e7e7 0d3472 b6cff5 0d3b44 98d7e4 3d188e e3d7ff 711a36 fbd3e0 8a1c0a f2b2a8 7a2e0b ffc8af 7a4706 ffdeb5 "
    "594c05 fbe983 684e07 fdedc1 0b4f30 b3efd3 04502e a2dcc1 c2c2c2 4986e7 2da2bb b99aff 994a64 f691b2 ff7537 ffad46 "
    "662e37 ebdbde cca6ac 094228 42d692 16a765 757575 1e53b8 007286 7858c3 c2185b d93025 54240e 633e04 521d28 202124 "
    "083018 ";

constexpr std::pair<std::string_view, std::string_view> kNames[] = {
    {"red", "fb4c2f"},       {"orange", "ffad47"},      {"yellow", "fad165"},      {"green", "16a766"},
    {"teal", "2da2bb"},      {"blue", "4a86e8"},        {"purple", "a479e2"},      {"pink", "f691b3"},
    {"brown", "7a4706"},     {"gray", "999999"},        {"black", "000000"},       {"white", "ffffff"},
    {"dark-red", "822111"},  {"dark-orange", "a46a21"}, {"dark-yellow", "aa8831"}, {"dark-green", "076239"},
    {"dark-teal", "0d3b44"}, {"dark-blue", "1c4587"},   {"dark-purple", "41236d"}, {"dark-gray", "434343"},
    {"grey", "999999"},      {"dark-grey", "434343"},   {"light-gray", "cccccc"},  {"light-green", "42d692"},
    {"light-blue", "b6cff5"}};

bool is_allowed(std::string_view hex) {
  if (hex.size() != 6) return false;
  const auto at = kAllowed.find(hex);
  return at != kAllowed.npos && at % 7 == 0;
}

Error no_such_color(std::string_view word) {
  std::string names, values;
  for (const auto& [name, value] : kNames) names += fmt::format("{} ", name);
  for (std::size_t at = 0; at < kAllowed.size(); at += 7) values += fmt::format("#{} ", kAllowed.substr(at, 6));
  names.pop_back();
  values.pop_back();
  return {Code::usage, fmt::format("--color {}: Gmail's labels have no such colour", word),
          fmt::format("use {}; or {}", names, values)};
}

}  // namespace

Result<std::string> label_color(std::string_view word) {
  const auto wanted = to_lower_ascii(word);
  for (const auto& [name, value] : kNames) {
    if (name == wanted) return fmt::format("#{}", value);
  }
  const auto hex = std::string_view(wanted).substr(wanted.starts_with('#') ? 1 : 0);
  if (!is_allowed(hex)) return no_such_color(word);
  return fmt::format("#{}", hex);
}

std::string_view text_on(std::string_view background) {
  unsigned value = 0;
  if (background.starts_with('#')) background.remove_prefix(1);
  std::from_chars(background.data(), background.data() + background.size(), value, 16);
  // How bright it looks, in thousandths (Rec. 601).
  const unsigned brightness = ((value >> 16) * 299 + (value >> 8 & 0xff) * 587 + (value & 0xff) * 114) / 255;
  return brightness > 500 ? "#000000" : "#ffffff";
}

}  // namespace mailmgr::google
