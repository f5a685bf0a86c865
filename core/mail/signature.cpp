#include "core/mail/signature.h"

#include "core/mail/quotable_html.h"
#include "core/mail/quote.h"
#include "core/mail/text.h"

namespace mailmgr {
namespace {

constexpr std::string_view kSeparator = "-- ";

std::string_view without_trailing_blanks(std::string_view text) {
  const auto last = text.find_last_not_of(" \t\r\n");
  return last == text.npos ? std::string_view() : text.substr(0, last + 1);
}

void add_text(const Signature& signature, std::string& text) {
  const auto below = signature_text(signature);
  if (below.empty()) return;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  text.append(kSeparator).append("\n").append(below).append("\n");
}

void add_html(const Signature& signature, std::string& html) {
  const std::string below = signature.html ? *signature.html : mail::as_html_above(signature_text(signature));
  if (!below.empty()) html = mail::html_above(html, "<div>" + below + "</div>\n");
}

void sign(const Signature& signature, std::optional<std::string>& text, std::optional<std::string>& html) {
  if (!signature.text && !signature.html) return;
  if (!text && !html) {
    text.emplace();
    if (signature.html) html.emplace();
  }
  if (text) add_text(signature, *text);
  if (html) add_html(signature, *html);
}

}  // namespace

std::string signature_html(std::string_view html) {
  return mail::quotable_html(html);
}

std::string signature_text(const Signature& signature) {
  const std::string text = signature.text ? *signature.text : html_to_text(signature.html.value_or(""));
  return std::string(without_trailing_blanks(text));
}

void add_signature(const Signature& signature, Written& written) {
  sign(signature, written.text, written.html);
}

void add_signature(const Signature& signature, Draft& draft) {
  sign(signature, draft.text, draft.html);
}

}  // namespace mailmgr
