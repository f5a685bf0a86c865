#include "core/mail/body_text.h"

#include <set>

#include "core/base/encoding.h"
#include "core/mail/html_escape.h"
#include "core/mail/text.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kSnippetCharacters = 200;

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view next_line(std::string_view& text) {
  const auto end = text.find('\n');
  const auto line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

bool is_quote(std::string_view line) {
  const auto first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] == '>';
}

// Appends words, runs of blanks as one space, until the snippet is full; false when it is.
bool append_words(std::string& out, std::size_t& characters, std::string_view line) {
  if (!out.empty() && out.back() != ' ') {
    out += ' ';
    ++characters;
  }
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    const bool blank = byte <= 0x20 || byte == 0x7F;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    if ((byte & 0xC0) != 0x80 && ++characters > kSnippetCharacters) return false;
    out += blank ? ' ' : c;
  }
  return true;
}

// "On Tuesday Ada wrote:" right before quoted lines, where it takes one line.
bool announces_quote(std::string_view line, std::string_view rest) {
  if (!line.ends_with(':')) return false;
  while (!rest.empty()) {
    const auto next = next_line(rest);
    if (!is_blank(next)) return is_quote(next);
  }
  return false;
}

// "[1] https://…", as html_to_text lists links.
bool is_footnote(std::string_view line) {
  const auto close = line.find("] http");
  return line.starts_with('[') && close != std::string_view::npos && close < 6;
}

std::string snippet_of(std::string_view body, bool own_words_only) {
  std::string out;
  std::size_t characters = 0;
  while (!body.empty()) {
    auto line = next_line(body);
    if (line == "-- " || line == "--") break;
    if (is_blank(line)) continue;
    if (own_words_only && (is_quote(line) || is_footnote(line) || announces_quote(line, body))) continue;
    if (!append_words(out, characters, line)) break;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string with_unix_line_ends(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto at = text.find('\r');
    out += text.substr(0, at);
    if (at == std::string_view::npos) break;
    out += '\n';
    text.remove_prefix(at + (at + 1 < text.size() && text[at + 1] == '\n' ? 2 : 1));
  }
  return out;
}

std::string choose_body(const std::vector<TextPart>& parts, std::size_t max_bytes) {
  std::set<int> with_plain_text;
  for (const auto& part : parts) {
    if (!part.html && part.alternative != 0 && !is_blank(part.text)) with_plain_text.insert(part.alternative);
  }
  std::string out;
  for (const auto& part : parts) {
    const bool has_plain_twin = part.html && with_plain_text.contains(part.alternative);
    if (has_plain_twin || is_blank(part.text) || out.size() > max_bytes) continue;
    if (!out.empty()) out += out.ends_with('\n') ? "\n" : "\n\n";
    out += part.html ? html_to_text(part.text) : part.text;
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  if (!out.empty()) out += '\n';
  return std::string(cut_at_character(out, max_bytes));
}

std::string choose_html(const std::vector<TextPart>& parts, std::size_t max_bytes) {
  std::set<int> with_html;
  bool any = false;
  for (const auto& part : parts) {
    if (!part.html) continue;
    any = true;
    if (part.alternative != 0 && !is_blank(part.text)) with_html.insert(part.alternative);
  }
  std::string out;
  if (!any) return out;
  for (const auto& part : parts) {
    const bool has_html_twin = !part.html && with_html.contains(part.alternative);
    if (has_html_twin || is_blank(part.text) || out.size() > max_bytes) continue;
    if (!out.empty()) out += '\n';
    out += part.html ? part.text : text_as_html(part.text);
  }
  return std::string(cut_at_character(out, max_bytes));
}

std::string make_snippet(std::string_view body) {
  auto own = snippet_of(body, true);
  return own.empty() ? snippet_of(body, false) : own;
}

}  // namespace mailmgr::mail
