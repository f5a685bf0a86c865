#include "core/base/file_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxName = 200;  // Linux takes 255 bytes; room for a number
constexpr std::size_t kMaxExtension = 20;

// What not to write into a name, with what it becomes. Besides control characters: marks that turn the direction of
// text ("exe.fdp"), separators of lines, and characters that other file systems do not take.
constexpr std::string_view kNeverInNames = "\"*/:<>?\\|";

// The code point that begins at `at`, of valid UTF-8, and its length.
std::pair<char32_t, std::size_t> code_point(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t size = byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
  char32_t point = byte(0) & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) point = point << 6 | (byte(i) & 0x3fU);
  return {point, size};
}

bool is_unseen(char32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad || point == 0x61c ||
         (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2060 && point <= 0x206f) || point == 0xfeff || point >= 0xe0000;
}

std::string visible(std::string_view text) {
  std::string clean;
  for (std::size_t at = 0; at < text.size();) {
    const auto [point, size] = code_point(text, at);
    const bool refused = point < 0x80 && kNeverInNames.find(static_cast<char>(point)) != std::string_view::npos;
    clean += is_unseen(point) || refused ? "_" : std::string(text.substr(at, size));
    at += size;
  }
  return clean;
}

// Windows opens a device for these, whatever the extension.
bool is_device(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kDevices{"con", "prn", "aux", "nul", "conin$", "conout$"};
  auto stem = to_lower_ascii(name.substr(0, name.find('.')));
  while (stem.ends_with(' ')) stem.pop_back();
  if (std::find(kDevices.begin(), kDevices.end(), stem) != kDevices.end()) return true;
  return stem.size() == 4 && (stem.starts_with("com") || stem.starts_with("lpt")) && stem[3] >= '0' && stem[3] <= '9';
}

// Where the extension begins; the end if there is none worth keeping.
std::size_t extension_at(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 || name.size() - dot > kMaxExtension ? name.size() : dot;
}

std::string shortened(const std::string& name) {
  if (name.size() <= kMaxName) return name;
  const auto extension = name.substr(extension_at(name));
  std::size_t end = kMaxName - extension.size();
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end) + extension;
}

std::string_view default_name(std::string_view type) {
  if (type == "message/rfc822") return "message.eml";
  if (type == "text/plain") return "attachment.txt";
  if (type == "text/html") return "attachment.html";
  if (type == "text/calendar") return "invitation.ics";
  if (type == "application/pdf") return "attachment.pdf";
  if (type == "image/png") return "image.png";
  if (type == "image/jpeg") return "image.jpg";
  if (type == "image/gif") return "image.gif";
  return "attachment";
}

}  // namespace

std::string safe_file_name(std::string_view claimed, std::string_view type) {
  const std::string valid = to_valid_utf8(claimed);
  std::string_view last = valid;
  if (const auto slash = last.find_last_of("/\\"); slash != std::string_view::npos) last.remove_prefix(slash + 1);
  std::string name = visible(last);
  while (name.ends_with('.') || name.ends_with(' ')) name.pop_back();
  const auto begin = std::min(name.find_first_not_of(". "), name.size());
  name.erase(0, begin);
  if (name.empty()) name = default_name(type);
  if (name.front() == '-' || name.front() == '~' || is_device(name)) name.insert(0, "_");
  return shortened(name);
}

std::string numbered_file_name(std::string_view name, int n) {
  if (n < 2) return std::string(name);
  const auto dot = extension_at(name);
  return fmt::format("{} ({}){}", name.substr(0, dot), n, name.substr(dot));
}

}  // namespace mailmgr
