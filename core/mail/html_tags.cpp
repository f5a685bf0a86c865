#include "core/mail/html_tags.h"

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr::mail {
namespace {

constexpr std::size_t kMaxAttributes = 64;
constexpr std::size_t kLongestName = 32;
constexpr std::size_t kLongestStyle = 2048;
constexpr std::string_view kBlank = " \t\r\n\f/";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The attribute at html[at], which is no blank and not '>'; moves `at` behind it.
HtmlAttribute read_attribute(std::string_view html, std::size_t& at) {
  HtmlAttribute attribute;
  const auto begin = at;
  at = std::min(html.find_first_of(" \t\r\n\f/>=", at + 1), html.size());
  attribute.name = html.substr(begin, at - begin);
  const auto next = html.find_first_not_of(" \t\r\n\f", at);
  if (next == std::string_view::npos || html[next] != '=') return attribute;
  at = std::min(html.find_first_not_of(" \t\r\n\f", next + 1), html.size());
  if (at >= html.size()) return attribute;
  if (html[at] == '"' || html[at] == '\'') {
    attribute.quote = html[at];
    const auto end = std::min(html.find(html[at], at + 1), html.size());
    attribute.value = html.substr(at + 1, end - at - 1);
    at = std::min(end + 1, html.size());
  } else {
    const auto end = std::min(html.find_first_of(" \t\r\n\f>", at), html.size());
    attribute.value = html.substr(at, end - at);
    attribute.quote = attribute.value.find('"') == std::string_view::npos ? '"' : '\'';
    at = end;
  }
  return attribute;
}

// Whether a style declares `property` as one of `values`; blanks must have been taken out.
bool declares(std::string_view style, std::string_view declaration) {
  const auto at = style.find(declaration);
  if (at == std::string_view::npos) return false;
  const auto end = at + declaration.size();
  const bool starts = at == 0 || style[at - 1] == ';';
  return starts && (end == style.size() || style[end] == ';' || style[end] == '!' || style[end] == 'p');
}

bool hides(std::string_view written) {
  std::string style;
  for (const char c : written.substr(0, kLongestStyle)) {
    if (static_cast<unsigned char>(c) > 0x20) style += c;
  }
  style = to_lower_ascii(style);
  return declares(style, "display:none") || declares(style, "visibility:hidden") || declares(style, "mso-hide:all") ||
         declares(style, "font-size:0") || declares(style, "max-height:0");
}

}  // namespace

const HtmlAttribute* HtmlTag::find(std::string_view attribute) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(), [&](const HtmlAttribute& candidate) {
    return equals_ignoring_ascii_case(candidate.name, attribute);
  });
  return found == attributes.end() ? nullptr : &*found;
}

bool HtmlTag::is_hidden() const {
  if (attributes.empty()) return false;
  if (find("hidden")) return true;
  const auto* style = find("style");
  return style && hides(style->value);
}

bool read_tag(std::string_view html, std::size_t at, HtmlTag& tag) {
  std::size_t name = at + 1;
  tag.closing = name < html.size() && html[name] == '/';
  if (tag.closing) ++name;
  if (name >= html.size() || !is_letter(html[name])) return false;
  auto cursor = std::min(html.find_first_of(" \t\r\n\f/>", name), html.size());
  tag.name = to_lower_ascii(html.substr(name, std::min(cursor - name, kLongestName)));
  tag.attributes.clear();
  while (cursor < html.size()) {
    cursor = std::min(html.find_first_not_of(kBlank, cursor), html.size());
    if (cursor >= html.size()) break;
    if (html[cursor] == '>') {
      tag.end = cursor + 1;
      return true;
    }
    const auto attribute = read_attribute(html, cursor);
    if (tag.attributes.size() < kMaxAttributes) tag.attributes.push_back(attribute);
  }
  tag.end = html.size();
  return true;
}

}  // namespace mailmgr::mail
