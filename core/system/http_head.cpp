#include "core/system/http_head.h"

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(" \t"), text.size());
  const std::size_t last = text.find_last_not_of(" \t");
  return text.substr(first, last == std::string_view::npos ? 0 : last - first + 1);
}

// Removes the first line and returns it without CRLF; nullopt where there is none or a stray CR, LF or NUL in it.
std::optional<std::string_view> take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find("\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = bytes.substr(0, end);
  if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) return std::nullopt;
  bytes.remove_prefix(end + 2);
  return line;
}

bool note_framing(HttpHead& head, std::string_view name, std::string_view value) {
  if (equals_ignoring_ascii_case(name, "Transfer-Encoding")) {
    if (head.is_chunked || !equals_ignoring_ascii_case(value, "chunked")) return false;
    head.is_chunked = true;
  }
  if (equals_ignoring_ascii_case(name, "Content-Length")) {
    std::size_t length = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (problem != std::errc{} || end != value.data() + value.size()) return false;
    if (head.content_length) return false;
    head.content_length = length;
  }
  return !(head.is_chunked && head.content_length);
}

}  // namespace

std::optional<HttpHead> parse_http_head(std::string_view bytes) {
  HttpHead head;
  auto line = take_line(bytes);  // the status line
  if (!line) return std::nullopt;
  while (true) {
    line = take_line(bytes);
    if (!line) return std::nullopt;
    if (line->empty()) return head;
    const std::size_t colon = line->find(':');
    if (colon == std::string_view::npos || !is_http_token(line->substr(0, colon))) return std::nullopt;
    const std::string_view name = line->substr(0, colon);
    const std::string_view value = trimmed(line->substr(colon + 1));
    if (!note_framing(head, name, value)) return std::nullopt;
    head.headers.emplace_back(name, value);
  }
}

bool is_http_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [kMarks](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kMarks.find(c) != std::string_view::npos;
  });
}

bool is_http_value(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= ' ' && c < '\x7f') || c == '\t'; });
}

}  // namespace mailmgr
