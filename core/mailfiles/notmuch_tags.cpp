#include "core/mailfiles/notmuch_tags.h"

#include <fmt/format.h>

#include "core/base/lines.h"

namespace mailmgr {
namespace {

std::string tag_name(std::string_view label) {
  std::string name;
  for (const char c : label) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte >= 0x80 || (byte > ' ' && byte < 0x7f && c != '%' && c != '"' && c != '(' && c != ')');
    name += plain ? std::string(1, c) : fmt::format("%{:02x}", byte);
  }
  return name;
}

// notmuch refuses some tags, and with one of them all tags of the message.
bool is_taken(std::string_view label) {
  constexpr std::size_t kLongest = 200;  // NOTMUCH_TAG_MAX
  return !label.empty() && label.front() != '-' && label.size() <= kLongest;
}

}  // namespace

std::string notmuch_line(std::string_view message_id, const std::vector<std::string>& labels) {
  if (message_id.starts_with('<')) message_id.remove_prefix(1);
  if (message_id.ends_with('>')) message_id.remove_suffix(1);
  if (message_id.empty() || breaks_lines(message_id)) return {};
  std::string line;
  for (const auto& label : labels) {
    if (is_taken(label)) line += fmt::format("+{} ", tag_name(label));
  }
  if (line.empty()) return {};
  line += "-- id:\"";
  for (const char c : message_id) line += c == '"' ? "\"\"" : std::string(1, c);
  return line + "\"\n";
}

}  // namespace mailmgr
