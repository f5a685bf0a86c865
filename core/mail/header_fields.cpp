#include "core/mail/header_fields.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/charset.h"
#include "core/mail/encoded_words.h"
#include "core/mail/glib_guard.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kLongestDate = 256;
constexpr std::string_view kBlankCharacters = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlankCharacters);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlankCharacters) - begin + 1);
}

// Folding is undone by taking out the line break alone (RFC 5322 §2.2.3); a carriage return without line feed is no
// line break and becomes a space.
std::string unfold(std::string_view value) {
  value = trim(value);
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\n') continue;
    if (value[i] != '\r') {
      out += value[i];
    } else if (i + 1 >= value.size() || value[i + 1] != '\n') {
      out += ' ';
    }
  }
  return out;
}

}  // namespace

bool is_field_start(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && line[at] > 0x20 && line[at] < 0x7F && line[at] != ':') ++at;
  if (at == 0) return false;
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  return at < line.size() && line[at] == ':';
}

std::vector<HeaderField> split_fields(std::string_view block, std::size_t max_fields) {
  std::vector<HeaderField> fields;
  while (!block.empty() && fields.size() < max_fields) {
    std::size_t end = 0;
    do {
      const auto line_end = block.find('\n', end);
      end = line_end == std::string_view::npos ? block.size() : line_end + 1;
    } while (end < block.size() && (block[end] == ' ' || block[end] == '\t'));
    const auto field = block.substr(0, end);
    block.remove_prefix(end);
    if (!is_field_start(field)) continue;
    const auto colon = field.find(':');
    fields.push_back({trim(field.substr(0, colon)), unfold(field.substr(colon + 1))});
  }
  return fields;
}

std::string decode_text(std::string_view value) {
  // Raw 8-bit bytes beside encoded words are settled first.
  auto text = to_utf8(value, {}).text;
  if (text.find("=?") != std::string::npos) text = decode_words(text);
  return clean_text(std::move(text));
}

// Encoded words may hide anything, line breaks included; in a header value none of it is meant.
std::string clean_text(std::string text) {
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
  if (std::none_of(text.begin(), text.end(), is_control)) return text;
  std::string out;
  out.reserve(text.size() + 8);
  for (const char c : text) {
    if (!is_control(c)) {
      out += c;
    } else if (c == '\n' || c == '\r') {
      out += ' ';
    } else {
      out += "\xEF\xBF\xBD";
    }
  }
  return out;
}

std::vector<std::string> read_message_ids(std::string_view value, std::size_t max_ids) {
  std::vector<std::string> ids;
  while (ids.size() < max_ids) {
    const auto open = value.find('<');
    if (open == std::string_view::npos) break;
    const auto close = value.find('>', open);
    if (close == std::string_view::npos) break;
    const auto id = value.substr(open, close - open + 1);
    if (id.size() > 2 && id.find_first_of(" \t") == std::string_view::npos) ids.push_back(decode_text(id));
    value.remove_prefix(close + 1);
  }
  return ids;
}

std::optional<Time> read_date(std::string_view value) {
  if (value.empty() || value.size() > kLongestDate) return std::nullopt;
  ensure_gmime();
  const GDate date(g_mime_utils_header_decode_date(std::string(value).c_str()));
  if (!date) return std::nullopt;
  return from_unix_seconds(g_date_time_to_unix(date.get()));
}

std::string read_list_id(std::string_view value) {
  const auto open = value.rfind('<');
  const auto close = value.find('>', open == std::string_view::npos ? 0 : open);
  if (open != std::string_view::npos && close != std::string_view::npos) {
    return decode_text(trim(value.substr(open + 1, close - open - 1)));
  }
  return decode_text(value);
}

}  // namespace mailmgr::mail
