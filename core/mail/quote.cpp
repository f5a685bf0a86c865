#include "core/mail/quote.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/mail/body_text.h"
#include "core/mail/html_escape.h"
#include "core/mail/quotable_html.h"
#include "core/mail/reply.h"
#include "core/mail/writable_text.h"

namespace mailmgr {
namespace mail {
namespace {

bool has_words(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") != std::string_view::npos;
}

std::string listed(const std::vector<Address>& addresses) {
  std::string out;
  for (auto address : addresses) {
    make_writable(address.name);
    make_writable(address.email);
    out += (out.empty() ? "" : ", ") + to_string(address);
  }
  return out;
}

// "On 2026-11-23 10:05, Ada Berg wrote:"
std::string attribution(const ParsedMessage& original) {
  std::string who;
  if (!original.from.empty()) {
    const auto& author = original.from.front();
    who = author.name.empty() ? author.email : author.name;
    make_writable(who);
  }
  if (who.empty()) who = "somebody";
  return original.date ? fmt::format("On {}, {} wrote:", to_local_date(*original.date), who)
                       : fmt::format("{} wrote:", who);
}

// The lines that tell where a forwarded message comes from: name and value.
std::vector<std::pair<std::string_view, std::string>> origin(const ParsedMessage& original) {
  std::vector<std::pair<std::string_view, std::string>> lines;
  lines.emplace_back("From", listed(original.from));
  if (original.date) lines.emplace_back("Date", to_local_date(*original.date));
  auto subject = original.subject;
  make_writable(subject);
  lines.emplace_back("Subject", std::move(subject));
  lines.emplace_back("To", listed(original.to));
  if (!original.cc.empty()) lines.emplace_back("Cc", listed(original.cc));
  return lines;
}

std::string body_as_html(const ParsedMessage& original, bool from_text) {
  if (!from_text && !original.body_html.empty()) return quotable_html(original.body_html);
  return as_html_above(original.body_text);
}

constexpr std::string_view kForwardMark = "---------- Forwarded message ----------";

}  // namespace

std::string quoted_html(const ParsedMessage& original, bool from_text) {
  const auto body = body_as_html(original, from_text);
  if (!has_words(body)) return {};
  return fmt::format(
      "<div>{}</div>\n<blockquote type=\"cite\" style=\"margin:0 0 0 .8ex;border-left:1px solid #ccc;"
      "padding-left:1ex\">\n{}\n</blockquote>\n",
      escape_html(attribution(original)), body);
}

std::string forwarded_text(const ParsedMessage& original) {
  auto out = std::string(kForwardMark) + "\n";
  for (const auto& [name, value] : origin(original)) out += fmt::format("{}: {}\n", name, value);
  return out + "\n" + original.body_text;
}

std::string forwarded_html(const ParsedMessage& original) {
  auto out = fmt::format("<div>{}</div>\n", kForwardMark);
  for (const auto& [name, value] : origin(original)) {
    out += fmt::format("<div><b>{}:</b> {}</div>\n", name, escape_html(value));
  }
  return out + "<br>\n<div>\n" + body_as_html(original, false) + "\n</div>\n";
}

std::string text_above(std::string_view written, std::string_view below) {
  auto out = with_unix_line_ends(written);
  while (out.ends_with('\n')) out.pop_back();
  if (below.empty()) return out.empty() ? out : out + "\n";
  return (out.empty() ? out : out + "\n\n") + std::string(below);
}

std::string html_above(std::string_view written, std::string_view below) {
  if (below.empty()) return std::string(written);
  const auto end = std::min(to_lower_ascii(written).rfind("</body"), written.size());
  const auto apart = has_words(written) ? "\n<br>\n" : "";
  return std::string(written.substr(0, end)) + apart + std::string(below) + std::string(written.substr(end));
}

std::string as_html_above(std::string_view text) {
  return has_words(text) ? text_as_html(text) : std::string();
}

}  // namespace mail

std::string quoted_text(const ParsedMessage& original) {
  if (!mail::has_words(original.body_text)) return {};
  auto out = mail::attribution(original) + "\n";
  std::string_view rest = original.body_text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    out += line.empty() ? ">" : line.starts_with('>') ? ">" + std::string(line) : "> " + std::string(line);
    out += '\n';
  }
  return out;
}

}  // namespace mailmgr
