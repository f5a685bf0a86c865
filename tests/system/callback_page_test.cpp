#include "core/system/callback_page.h"

#include <doctest/doctest.h>

#include <set>

#include "core/base/encoding.h"

using namespace mailmgr;

namespace {

const CallbackPage kPages[] = {CallbackPage::received, CallbackPage::no_code, CallbackPage::already_received,
                               CallbackPage::unexpected};

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t start = text.find(from);
  REQUIRE(start != std::string::npos);
  return text.substr(start + from.size(), text.find(to, start) - start - from.size());
}

}  // namespace

TEST_CASE("the page's policy allows its own style by hash, an empty icon, and nothing else") {
  for (const CallbackPage page : kPages) {
    const std::string answer = callback_answer(200, page, false);
    const std::string style = between(answer, "<style>", "</style>");
    CHECK(between(answer, "Content-Security-Policy: ", "\r\n") ==
          "default-src 'none'; style-src 'sha256-" + base64(sha256(style)) +
              "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    for (const char* loaded : {"src=", "http:", "https:", "url(", "@import", "<script", "<iframe", "<form", "style="}) {
      CHECK_MESSAGE(answer.find(loaded) == std::string::npos, loaded);
    }
    CHECK(answer.find("<link rel=\"icon\" href=\"data:,\">") != std::string::npos);
  }
}

TEST_CASE("every page has a title of its own, says where to go on, and suits phones and dark rooms") {
  std::set<std::string> titles;
  for (const CallbackPage page : kPages) {
    const std::string answer = callback_answer(200, page, false);
    titles.insert(between(answer, "<title>", "</title>"));
    CHECK(answer.find("terminal") != std::string::npos);
    CHECK(answer.find("width=device-width") != std::string::npos);
    CHECK(answer.find("prefers-color-scheme:dark") != std::string::npos);
    CHECK(answer.find("success") == std::string::npos);  // the exchange may still fail
  }
  CHECK(titles.size() == std::size(kPages));
  CHECK(titles.contains("mailmgr: Code received"));
}

TEST_CASE("the answer's length is that of its body, and HEAD gets none") {
  const std::string answer = callback_answer(404, CallbackPage::unexpected, false);
  CHECK(answer.starts_with("HTTP/1.1 404 Not Found\r\n"));
  const std::string body = answer.substr(answer.find("\r\n\r\n") + 4);
  CHECK(between(answer, "Content-Length: ", "\r\n") == std::to_string(body.size()));
  CHECK(callback_answer(405, CallbackPage::unexpected, true).ends_with("\r\n\r\n"));
}
