#include "core/mail/signature.h"

#include <doctest/doctest.h>

#include "core/mail/parse.h"

using namespace mailmgr;

namespace {

Draft letter(std::optional<std::string> text, std::optional<std::string> html = std::nullopt) {
  Draft draft;
  draft.from = {"Ada", "ada@example.org"};
  draft.to = {{"", "bob@example.com"}};
  draft.subject = "Letter";
  draft.text = std::move(text);
  draft.html = std::move(html);
  draft.message_id = "<1@example.org>";
  return draft;
}

bool holds_part(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a signature stands after a line of two dashes and a space, once, whatever the text ends in") {
  const Signature signature{"Ada Berg\nExample Ltd.\n\n", std::nullopt};
  for (const std::string text : {"Hello", "Hello\n"}) {
    Draft draft = letter(text);
    add_signature(signature, draft);
    CHECK(draft.text == "Hello\n-- \nAda Berg\nExample Ltd.\n");
    CHECK_FALSE(draft.html);
  }
}

TEST_CASE("the separator keeps its space in a flowed text, and the signature is not joined to it") {
  Draft draft = letter("A paragraph that is " + std::string(90, 'x') + " quite long.");
  draft.flowed = true;
  add_signature({"Ada\nBerg", std::nullopt}, draft);
  const auto raw = compose(draft).value().bytes().value();
  CHECK(holds_part(raw, "\r\n-- \r\nAda\r\nBerg"));
}

TEST_CASE("where only one form of a signature is there, the other is made of it") {
  Draft both = letter("Hello", "<p>Hello</p>");
  add_signature({"1 < 2 & 3", std::nullopt}, both);
  CHECK(holds_part(*both.html, "1 &lt; 2 &amp; 3"));
  Draft from_html = letter("Hello", "<p>Hello</p>");
  add_signature({std::nullopt, "<b>Ada</b><br>Example"}, from_html);
  CHECK(from_html.text == "Hello\n-- \nAda\nExample\n");
  CHECK(holds_part(*from_html.html, "<b>Ada</b><br>Example"));
}

TEST_CASE("the HTML of a whole document keeps the signature inside its body, under what was written") {
  Draft draft = letter(std::nullopt, "<html><body><p>Hello</p></BODY></html>");
  add_signature({"Ada", "<i>Ada</i>"}, draft);
  CHECK_FALSE(draft.text);
  CHECK(draft.html->find("<p>Hello</p>") < draft.html->find("<i>Ada</i>"));
  CHECK(draft.html->find("<i>Ada</i>") < draft.html->find("</BODY>"));
}

TEST_CASE("below nothing it is the message, and an empty signature changes nothing") {
  Draft empty = letter(std::nullopt);
  add_signature({"Ada", "<i>Ada</i>"}, empty);
  CHECK(empty.text == "-- \nAda\n");
  CHECK(holds_part(*empty.html, "<i>Ada</i>"));
  Draft same = letter("Hello", "<p>Hello</p>");
  add_signature({}, same);
  add_signature({"\n ", std::nullopt}, same);
  CHECK(same.text == "Hello");
  CHECK(same.html == "<p>Hello</p>");
}

TEST_CASE("a signature's HTML does nothing and stays where it is put, whoever wrote it") {
  const auto html = signature_html(
      "</div></body><script>steal()</script><img src=x onerror=steal()><a href=\"javascript:steal()\">Ada</a>"
      "<form action=https://evil.example><input></form><style>body{display:none}</style><b>Berg");
  for (const auto* part : {"script", "onerror", "javascript", "<form", "<input", "<style", "</body", "steal"}) {
    CAPTURE(part);
    CHECK_FALSE(holds_part(html, part));
  }
  CHECK_FALSE(html.starts_with("</div>"));
  CHECK(holds_part(html, "Ada"));
  CHECK(holds_part(html, "<b>Berg</b>"));
}

TEST_CASE("in an answer the signature stands between what was written and the original") {
  const auto original = read_original(Blob(std::string("From: bob@example.com\r\nTo: ada@example.org\r\nSubject: Q\r\n"
                                                       "Message-ID: <q@example.com>\r\nContent-Type: text/html\r\n\r\n"
                                                       "<p>The question</p>\r\n")))
                            .value();
  ReplyRequest request;
  request.from = {"", "ada@example.org"};
  request.written = {"The answer", "<p>The answer</p>"};
  add_signature({"Ada Berg", "<i>Ada Berg</i>"}, request.written);
  const auto draft = make_reply(original, request).value().draft;
  for (const auto& body : {*draft.text, *draft.html}) {
    const auto answer = body.find("The answer"), name = body.find("Ada Berg"), question = body.find("The question");
    CHECK(answer < name);
    CHECK(name < question);
    CHECK(question != std::string::npos);
  }
}
