#include "core/mail/flowed.h"

namespace mailmgr::mail {
namespace {

struct Line {
  std::size_t depth = 0;
  std::string_view text;  // without quote marks and space-stuffing
  bool soft = false;      // continues in the next line of the same depth
};

Line read_line(std::string_view line) {
  Line result;
  while (result.depth < line.size() && line[result.depth] == '>') ++result.depth;
  result.text = line.substr(result.depth);
  if (result.text.starts_with(' ')) result.text.remove_prefix(1);
  // The signature separator ends in a space but is never flowed (§4.3).
  result.soft = result.text.ends_with(' ') && result.text != "-- ";
  return result;
}

void write_prefix(std::string& out, std::size_t depth) {
  out.append(depth, '>');
  if (depth > 0) out += ' ';
}

}  // namespace

std::string unflow(std::string_view text, bool delsp) {
  std::string out;
  out.reserve(text.size());
  bool open = false;  // the last line was soft
  std::size_t open_depth = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = read_line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const bool joins = open && open_depth == line.depth && line.text != "-- ";
    if (open && !joins) out += '\n';
    if (!joins) write_prefix(out, line.depth);
    if (line.soft && delsp) line.text.remove_suffix(1);
    out += line.text;
    open = line.soft;
    open_depth = line.depth;
    if (!open) out += '\n';
  }
  return out;
}

}  // namespace mailmgr::mail
