#include "core/mail/flowed.h"

#include <algorithm>

namespace mailmgr::mail {
namespace {

constexpr std::size_t kFlowedWidth = 76;
constexpr std::string_view kSignatureMark = "-- ";

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
  result.soft = result.text.ends_with(' ') && result.text != kSignatureMark;
  return result;
}

void write_prefix(std::string& out, const Line& line) {
  out.append(line.depth, '>');
  if (line.depth > 0 && !line.text.empty()) out += ' ';
}

// A line as people write it, where "> > text" is as deep as ">> text".
Line read_written_line(std::string_view line) {
  Line result;
  std::size_t at = 0;
  while (at < line.size() && line[at] == '>') {
    ++result.depth;
    at += line.substr(at).starts_with("> >") ? 2 : 1;
  }
  result.text = line.substr(at);
  if (result.depth > 0 && result.text.starts_with(' ')) result.text.remove_prefix(1);
  if (result.text != kSignatureMark) result.text = result.text.substr(0, result.text.find_last_not_of(' ') + 1);
  return result;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The first piece of `text` that fits, with the blanks after it; all of it if it fits or cannot be broken.
std::string_view first_piece(std::string_view text, std::size_t width) {
  std::size_t good = 0;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto word_end = std::min(text.find(' ', at), text.size());
    const auto next = std::min(text.find_first_not_of(' ', word_end), text.size());
    characters += count_characters(text.substr(at, word_end - at));
    if (characters > width && good > 0) return text.substr(0, good);
    characters += next - word_end;
    at = next;
    if (text.substr(0, at) != kSignatureMark) good = at;
  }
  return text;
}

// A line of the text as it goes out, with what keeps it from being taken for a quote or a mailbox separator (§4.4).
void write_flowed_line(std::string& out, std::size_t depth, std::string_view text) {
  out.append(depth, '>');
  const bool stuffed =
      depth > 0 ? !text.empty() : text.starts_with(' ') || text.starts_with('>') || text.starts_with("From ");
  if (stuffed) out += ' ';
  out += text;
  out += '\n';
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
    const bool joins = open && open_depth == line.depth && line.text != kSignatureMark;
    if (open && !joins) out += '\n';
    if (!joins) write_prefix(out, line);
    if (line.soft && delsp) line.text.remove_suffix(1);
    out += line.text;
    open = line.soft;
    open_depth = line.depth;
    if (!open) out += '\n';
  }
  return out;
}

std::string flow(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = read_written_line(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto width = kFlowedWidth - std::min(line.depth + 1, kFlowedWidth / 2);
    do {
      const auto piece = first_piece(line.text, width);
      write_flowed_line(out, line.depth, piece);
      line.text.remove_prefix(piece.size());
    } while (!line.text.empty());
  }
  return out;
}

}  // namespace mailmgr::mail
