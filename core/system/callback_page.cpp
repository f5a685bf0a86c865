#include "core/system/callback_page.h"

#include <fmt/format.h>

#include <string_view>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

// Readable on a phone and in the dark. The CSP names its hash, so not a byte may be added around it.
constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1c2024;--soft:#565d66;--mark:#17734a}
@media(prefers-color-scheme:dark){:root{--ground:#14171a;--card:#1e2327;--text:#eceff1;--soft:#a4adb6;--mark:#5dc896}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:flex;align-items:center;justify-content:center;padding:1.5rem;
background:var(--ground);color:var(--text);font:1.0625rem/1.6 system-ui,sans-serif}
main{width:100%;max-width:32rem;padding:2rem;border-radius:.75rem;background:var(--card);
border-top:.3rem solid var(--mark);box-shadow:0 1px 3px rgb(0 0 0/.12),0 8px 24px rgb(0 0 0/.08)}
main.other{border-color:#b3541e}
h1{margin:0 0 .75rem;font-size:1.5rem;line-height:1.25}
p{margin:0}
footer{margin-top:1.5rem;color:var(--soft);font-size:.875rem}
)";

struct Text {
  std::string_view name;
  std::string_view title;
  std::string_view body;
};

Text text_of(CallbackPage page) {
  switch (page) {
    case CallbackPage::received:
      return {"received", "Code received", "Return to the terminal: the login goes on there. You can close this page."};
    case CallbackPage::no_code:
      return {"other", "No code received",
              "The login was not allowed. Return to the terminal, which says why; you can close this page."};
    case CallbackPage::already_received:
      return {"received", "Already received",
              "This login already has its answer. Return to the terminal; you can close this page."};
    case CallbackPage::unexpected:
      break;
  }
  return {"other", "Not expected",
          "This request does not belong to the login that is waiting in the terminal, and was ignored. The login goes "
          "on waiting: use the page that it opened, or the address that it printed."};
}

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Bad Request";
  }
}

std::string html(const Text& text) {
  // The empty icon keeps browsers from asking for /favicon.ico.
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>mailmgr: {1}</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{3}</style>\n</head>\n"
      "<body>\n<main class=\"{0}\">\n<h1>{1}</h1>\n<p>{2}</p>\n<footer>mailmgr, on this machine</footer>\n</main>\n"
      "</body>\n</html>\n",
      text.name, text.title, text.body, kStyle);
}

}  // namespace

std::string callback_answer(int status, CallbackPage page, bool is_head) {
  const std::string body = html(text_of(page));
  const std::string policy = fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      base64(sha256(kStyle)));
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Content-Security-Policy: {}\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n{}"
      "Connection: close\r\n\r\n{}",
      status, reason(status), body.size(), policy, status == 405 ? "Allow: GET\r\n" : "", is_head ? "" : body);
}

}  // namespace mailmgr
