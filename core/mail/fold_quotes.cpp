#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/mail/text.h"

namespace mailmgr {
namespace {

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

bool is_blank_line(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

bool is_quoted(std::string_view line) {
  const auto start = line.find_first_not_of(" \t");
  return start != std::string_view::npos && line[start] == '>';
}

// "-----Original Message-----", in any language: five dashes on both sides.
bool is_ruled(std::string_view line) {
  const auto end = line.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos || end < 10) return false;
  line = line.substr(0, end + 1);
  return line.starts_with("-----") && line.ends_with("-----") && line.find_first_not_of('-') != std::string_view::npos;
}

// Outlook on the web draws a line and puts the original's headers below.
bool is_line_above_headers(const Lines& lines, std::size_t at) {
  const auto line = lines[at];
  if (!line.starts_with("__________") || line.find_first_not_of("_ \t\r\n") != std::string_view::npos) return false;
  for (auto next = at + 1; next < lines.size(); ++next) {
    if (is_blank_line(lines[next])) continue;
    const auto colon = lines[next].find(':');
    return colon != std::string_view::npos && colon > 0 && colon < 20;
  }
  return false;
}

// Where the quotation that begins at `at` ends; `at` itself where none begins.
std::size_t end_of_quotation(const Lines& lines, std::size_t at) {
  if (is_ruled(lines[at]) || is_line_above_headers(lines, at)) return lines.size();
  auto end = at;
  for (auto next = at; next < lines.size() && (is_quoted(lines[next]) || is_blank_line(lines[next])); ++next) {
    if (is_quoted(lines[next])) end = next + 1;
    if (end == at) break;
  }
  return end;
}

}  // namespace

std::string fold_quotes(std::string_view text) {
  const auto lines = lines_of(text);
  std::string folded;
  bool has_own = false;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = end_of_quotation(lines, at);
    if (end == at) {
      has_own = has_own || !is_blank_line(lines[at]);
      folded += lines[at++];
      continue;
    }
    const auto count = end - at;
    folded += fmt::format("[{} quoted line{}]\n", count, count == 1 ? "" : "s");
    at = end;
  }
  return has_own ? folded : std::string(text);
}

}  // namespace mailmgr
