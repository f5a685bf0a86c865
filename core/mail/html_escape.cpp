#include "core/mail/html_escape.h"

#include "core/mail/body_text.h"

namespace mailmgr::mail {
namespace {

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    default:
      out += c;
  }
}

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) append_escaped(out, c);
  return out;
}

// With <br> and &nbsp;, since Outlook knows no white-space: pre-wrap.
std::string text_as_html(std::string_view text) {
  auto lines = with_unix_line_ends(text);
  while (lines.ends_with('\n')) lines.pop_back();
  std::string out = "<div>";
  out.reserve(lines.size() + lines.size() / 8);
  bool after_blank = true;  // a blank here would vanish
  for (const char c : lines) {
    if (c == '\n') {
      out += "<br>\n";
    } else if (c == '\t') {
      out += "&nbsp; &nbsp; ";
    } else if (c == ' ' && after_blank) {
      out += "&nbsp;";
    } else {
      append_escaped(out, c);
    }
    after_blank = c == '\n' || c == '\t' || (c == ' ' && !after_blank);
  }
  return out + "</div>";
}

}  // namespace mailmgr::mail
