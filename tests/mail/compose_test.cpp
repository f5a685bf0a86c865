#include "core/mail/compose.h"

#include <doctest/doctest.h>

#include <string>

#include "core/mail/parse.h"

using namespace mailmgr;

namespace {

Draft simple() {
  Draft draft;
  draft.from = {"Ada Berg", "ada@example.org"};
  draft.to = {{"", "bob@example.org"}};
  draft.subject = "Hello";
  draft.text = "Hello Bob\n";
  draft.message_id = "<m1@example.org>";
  draft.date = *from_rfc3339("2026-11-23T09:05:07Z");
  return draft;
}

std::string written(const Draft& draft) {
  const auto blob = compose(draft);
  REQUIRE_MESSAGE(blob, blob.error().message);
  return *blob->bytes();
}

ParsedMessage read_back(const Draft& draft) {
  auto message = parse_message(Blob(written(draft)));
  REQUIRE(message);
  CHECK(message->damage.empty());
  return std::move(*message);
}

// CRLF everywhere, ASCII only, no line longer than RFC 5322 allows.
void check_lines(const std::string& raw) {
  std::size_t column = 0;
  bool good = raw.ends_with("\r\n");
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    good = good && byte < 0x80 && byte != 0;
    if (raw[i] == '\n') good = good && i > 0 && raw[i - 1] == '\r';
    if (raw[i] == '\r') good = good && i + 1 < raw.size() && raw[i + 1] == '\n';
    column = raw[i] == '\n' ? 0 : column + 1;
    good = good && column <= 999;  // with CR
  }
  CHECK(good);
}

std::string refusal(const Draft& draft) {
  const auto blob = compose(draft);
  REQUIRE_FALSE(blob);
  CHECK(blob.error().code == Code::usage);
  return blob.error().message;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a plain message is written as RFC 5322 says") {
  CHECK(written(simple()) ==
        "From: Ada Berg <ada@example.org>\r\n"
        "To: bob@example.org\r\n"
        "Subject: Hello\r\n"
        "Date: Mon, 23 Nov 2026 09:05:07 +0000\r\n"
        "Message-ID: <m1@example.org>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: 7bit\r\n\r\n"
        "Hello Bob\r\n");
}

TEST_CASE("names, subjects and file names outside ASCII come back as they were") {
  auto draft = simple();
  draft.from.name = "Björn Größe";
  draft.to = {{"Lindqvist, \"Caro\" \\ C", "caro@example.org"}, {"山田 花子", "hanako@example.jp"}};
  draft.cc = {{"Pat (Finance)", "pat@example.org"}};
  draft.bcc = {{"", "hidden@example.org"}};
  draft.reply_to = {{"Ünique", "reply@example.org"}};
  draft.subject = "Ein sehr langer Betreff über Größe, Maße und 🍜, der ganz gewiss nicht in eine Zeile passt: äöüß";
  draft.in_reply_to = "<m0@example.org>";
  draft.references = {"<r1@example.org>", "<m0@example.org>"};
  draft.extra_headers = {{"X-Note", "grün"}};
  draft.attachments.push_back({"Übersicht für \"2026\"; neu.pdf", "", Blob("pdf")});
  const auto message = read_back(draft);
  CHECK(message.from == std::vector<Address>{draft.from});
  CHECK(message.to == draft.to);
  CHECK(message.cc == draft.cc);
  CHECK(message.bcc == draft.bcc);
  CHECK(message.reply_to == draft.reply_to);
  CHECK(message.subject == draft.subject);
  CHECK(message.in_reply_to == draft.in_reply_to);
  CHECK(message.references == draft.references);
  REQUIRE(message.attachments.size() == 1);
  CHECK(message.attachments[0].name == draft.attachments[0].name);
  CHECK(message.attachments[0].type == "application/pdf");
  CHECK_FALSE(message.attachments[0].is_inline);
  check_lines(written(draft));
}

TEST_CASE("subjects that look like encoding, or cannot be folded, survive") {
  for (const std::string& subject :
       {std::string("=?utf-8?q?not_decoded?="), std::string(2'000, 'x'), std::string("a  b   c"), std::string(" edge "),
        std::string("tab\there"), std::string(300, 'w') + " " + std::string(300, 'v'), std::string()}) {
    auto draft = simple();
    draft.subject = subject;
    check_lines(written(draft));
    CHECK(read_back(draft).subject == (subject == " edge " ? " edge " : subject));
  }
}

TEST_CASE("text that is not 7-bit clean is encoded and comes back") {
  const std::string texts[] = {"grüße\n",
                               "日本語のテキストです\nもう一行\n",
                               "From the start\nFrom again\n",
                               std::string(5'000, 'x') + "\n",
                               "trailing blanks   \n\ttab\t\n= sign\n.\n..\n",
                               "no end of line",
                               "--=_mlooks like a boundary\n"};
  for (const auto& text : texts) {
    auto draft = simple();
    draft.text = text;
    check_lines(written(draft));
    auto expected = text;
    if (!expected.ends_with('\n')) expected += '\n';
    CHECK(read_back(draft).body_text == expected);
  }
  auto draft = simple();
  draft.text = "one\r\ntwo\rthree\n";
  CHECK(read_back(draft).body_text == "one\ntwo\nthree\n");
}

TEST_CASE("HTML goes out with a text alternative, its own or a derived one") {
  auto draft = simple();
  draft.text.reset();
  draft.html = "<p>Grüße <b>an alle</b></p>";
  const auto derived = read_back(draft);
  CHECK(derived.body_text == "Grüße an alle\n");
  CHECK(has(derived.body_html, "<b>an alle</b>"));
  CHECK(has(written(draft), "multipart/alternative"));
  draft.text = "my own words";
  CHECK(read_back(draft).body_text == "my own words\n");
  draft.attachments.push_back({"a.txt", "", Blob("x")});
  const auto mixed = read_back(draft);
  CHECK(mixed.body_text == "my own words\n");
  REQUIRE(mixed.attachments.size() == 1);
  CHECK(mixed.attachments[0].part == "2");
}

TEST_CASE("attachments arrive byte for byte, in memory or in files") {
  std::string large(1'500'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 31 + i / 997);
  BlobWriter writer;
  REQUIRE(writer.append(large));
  auto file = std::move(writer).finish();
  REQUIRE(file);
  auto draft = simple();
  draft.attachments.push_back({"empty.bin", "", Blob(std::string())});
  draft.attachments.push_back({"large.bin", "application/x-test", std::move(*file)});
  draft.attachments.push_back({"", "", Blob(std::string("\0\r\n\xFF", 4))});
  const auto blob = compose(draft);
  REQUIRE(blob);
  const auto message = parse_message(*blob);
  REQUIRE(message);
  REQUIRE(message->attachments.size() == 3);
  CHECK(message->attachments[1].type == "application/x-test");
  CHECK(message->attachments[2].type == "application/octet-stream");
  const std::string expected[] = {"", large, std::string("\0\r\n\xFF", 4)};
  for (std::size_t i = 0; i < 3; ++i) {
    std::string content;
    REQUIRE(read_part(*blob, message->attachments[i].part, [&](std::string_view bytes) {
      content += bytes;
      return true;
    }));
    CHECK(content == expected[i]);
    CHECK(message->attachments[i].size == expected[i].size());
  }
  check_lines(*blob->bytes());
}

TEST_CASE("an attached message is not encoded, unless it must be") {
  auto draft = simple();
  draft.attachments.push_back({"fwd.eml", "", Blob("Subject: x\n\nbody\n")});
  draft.attachments.push_back({"raw.eml", "",
                               Blob("Subject: x\n\nb\xFC"
                                    "dy\n")});
  const auto message = read_back(draft);
  REQUIRE(message.attachments.size() == 2);
  CHECK(message.attachments[0].type == "message/rfc822");
  CHECK(message.attachments[1].type == "application/octet-stream");
  CHECK(has(written(draft), "\r\n\r\nSubject: x\r\n\r\nbody\r\n"));
}

TEST_CASE("attack 66: nothing a caller passes can add a header") {
  for (const std::string& bad : {std::string("a\r\nBcc: x@example.org"), std::string("a\nb"), std::string("a\rb"),
                                 std::string("a\0b", 3), std::string("a\u0085b"), std::string("a\u2028b"),
                                 std::string("a\u2029b"), std::string("a\x1B[0m"), std::string("\xFF")}) {
    CAPTURE(bad);
    auto draft = simple();
    draft.subject = bad;
    CHECK(has(refusal(draft), "Subject"));
    draft = simple();
    draft.from.name = bad;
    CHECK(has(refusal(draft), "From"));
    draft = simple();
    draft.to[0].name = bad;
    CHECK(has(refusal(draft), "To"));
    draft = simple();
    draft.cc = {{"", bad + "@example.org"}};
    CHECK(has(refusal(draft), "Cc"));
    draft = simple();
    draft.message_id = "<" + bad + "@example.org>";
    CHECK(has(refusal(draft), "Message-ID"));
    draft = simple();
    draft.references = {"<" + bad + "@example.org>"};
    CHECK(has(refusal(draft), "References"));
    draft = simple();
    draft.extra_headers = {{"X-A", bad}};
    CHECK(has(refusal(draft), "X-A"));
    draft = simple();
    draft.extra_headers = {{bad, "x"}};
    CHECK(has(refusal(draft), "--header"));
    draft = simple();
    draft.attachments.push_back({bad, "", Blob("x")});
    CHECK(has(refusal(draft), "attachment"));
    draft = simple();
    draft.attachments.push_back({"a", "text/" + bad, Blob("x")});
    CHECK(has(refusal(draft), "type of attachment"));
  }
}

TEST_CASE("what cannot be sent is refused with the field's name") {
  auto draft = simple();
  draft.to.clear();
  CHECK(has(refusal(draft), "no recipient"));
  draft.bcc = {{"", "b@example.org"}};
  CHECK(compose(draft));
  draft = simple();
  draft.from.email = "";
  CHECK(has(refusal(draft), "no sender"));
  draft = simple();
  draft.to[0].email = "bob";
  CHECK(has(refusal(draft), "the address bob cannot be used"));
  draft = simple();
  draft.message_id.clear();
  CHECK(has(refusal(draft), "Message-ID"));
  for (const auto* name : {"Bcc", "content-type", "MIME-Version", "Subject", "From", "X: y", "", "Ä"}) {
    draft = simple();
    draft.extra_headers = {{name, "x"}};
    CHECK(has(refusal(draft), "--header"));
  }
  draft = simple();
  draft.text = "\xFF";
  CHECK(has(refusal(draft), "the text: not valid UTF-8"));
}

TEST_CASE("the same draft gives the same bytes") {
  auto draft = simple();
  draft.html = "<p>x</p>";
  draft.attachments.push_back({"a.bin", "", Blob("x")});
  CHECK(written(draft) == written(draft));
}

TEST_CASE("message ids are made of the random bytes and the sender's domain") {
  CHECK(make_message_id(std::string("\x01\xAB", 2), "ada@example.org") == "<01ab@example.org>");
  CHECK(make_message_id("a", "ada") == "<61@localhost>");
  CHECK(make_message_id("a", "ada@bad domain") == "<61@localhost>");
}
