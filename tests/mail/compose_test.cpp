#include "core/mail/compose.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "core/mail/parse.h"
#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

ParsedMessage read_back(const Draft& draft) {
  auto message = parse_message(Blob(written(draft)));
  REQUIRE(message);
  CHECK(message->damage.empty());
  return std::move(*message);
}

std::string refusal_of_draft(const Draft& draft) {
  const auto blob = compose(draft);
  REQUIRE_FALSE(blob);
  CHECK(blob.error().code == Code::usage);
  return blob.error().message;
}

}  // namespace

TEST_CASE("a plain message is written as RFC 5322 says") {
  CHECK(written(simple_draft()) ==
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
  auto draft = simple_draft();
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
    auto draft = simple_draft();
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
    auto draft = simple_draft();
    draft.text = text;
    check_lines(written(draft));
    auto expected = text;
    if (!expected.ends_with('\n')) expected += '\n';
    CHECK(read_back(draft).body_text == expected);
  }
  auto draft = simple_draft();
  draft.text = "one\r\ntwo\rthree\n";
  CHECK(read_back(draft).body_text == "one\ntwo\nthree\n");
}

TEST_CASE("HTML goes out with a text alternative, its own or a derived one") {
  auto draft = simple_draft();
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
  auto draft = simple_draft();
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

TEST_CASE("an attached message goes out as the message it is") {
  const std::string inner[] = {"Subject: x\r\n\r\nbody\r\n", "Subject: x\r\n\r\nb\xFC\xC3\xA4 8-bit\r\n",
                               "Subject: x\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1B$B$3\x1B(B"};
  for (const auto& bytes : inner) {
    auto draft = simple_draft();
    draft.attachments.push_back({"fwd.eml", "", Blob(bytes)});
    const auto raw = written(draft);
    const bool eight_bit = has(bytes, "\xFC");
    CHECK(has(raw, eight_bit ? "8bit\r\n\r\n" + bytes : "7bit\r\n\r\n" + bytes));
    // RFC 2045 §6.4: the whole is as 8-bit as its parts.
    CHECK(has(raw.substr(0, raw.find("\r\n\r\n")), "\r\nContent-Transfer-Encoding: 8bit") == eight_bit);
    const auto message = parse_message(Blob(raw));
    REQUIRE(message);
    REQUIRE(message->attachments.size() == 1);
    CHECK(message->attachments[0].type == "message/rfc822");
    CHECK(message->attachments[0].size == bytes.size());
  }
  auto draft = simple_draft();
  draft.attachments.push_back({"unix.eml", "message/RFC822", Blob("Subject: x\n\nbody\n")});
  CHECK(has(written(draft), "\r\n\r\nSubject: x\r\n\r\nbody\r\n"));
}

TEST_CASE("a message that cannot go unencoded is attached as a file, byte for byte") {
  for (const auto& bytes : {"Subject: x\n\n" + std::string(999, 'x') + "\n", std::string("Subject: x\n\na\rb\n"),
                            std::string("Subject: x\n\na\0b\n", 16)}) {
    auto draft = simple_draft();
    draft.attachments.push_back({"odd.eml", "", Blob(bytes)});
    const auto message = read_back(draft);
    REQUIRE(message.attachments.size() == 1);
    CHECK(message.attachments[0].type == "application/octet-stream");
    CHECK(message.attachments[0].size == bytes.size());
  }
}

TEST_CASE("an image that the HTML shows stands with it, other files beside") {
  auto draft = simple_draft();
  draft.html = "<p>Look: <img src=\"cid:logo@1\"></p>";
  draft.attachments.push_back({"logo.png", "", Blob("image"), "logo@1"});
  draft.attachments.push_back({"report.pdf", "", Blob("report")});
  const auto raw = written(draft);
  check_lines(raw);
  CHECK(has(raw, "\r\nContent-ID: <logo@1>\r\nContent-Disposition: inline;\r\n filename=\"logo.png\""));
  const auto order = [&](std::string_view text) { return raw.find(text); };
  CHECK(order("multipart/mixed") < order("multipart/alternative"));
  CHECK(order("multipart/alternative") < order("text/plain"));
  CHECK(order("text/plain") < order("multipart/related; type=\"text/html\""));
  CHECK(order("multipart/related") < order("Content-Type: text/html"));
  CHECK(order("Content-Type: text/html") < order("image/png"));
  CHECK(order("image/png") < order("application/pdf"));
  const auto message = read_back(draft);
  REQUIRE(message.attachments.size() == 2);
  CHECK(message.attachments[0].is_inline);
  CHECK(message.attachments[0].content_id == "logo@1");
  CHECK_FALSE(message.attachments[1].is_inline);
  CHECK(message.body_text == *draft.text);
  CHECK(has(message.body_html, "cid:logo@1"));
}

TEST_CASE("without HTML an image is a file like others") {
  auto draft = simple_draft();
  draft.attachments.push_back({"logo.png", "", Blob("image"), "logo@1"});
  const auto message = read_back(draft);
  REQUIRE(message.attachments.size() == 1);
  CHECK_FALSE(message.attachments[0].is_inline);
}

TEST_CASE("two images with one content id are refused") {
  auto draft = simple_draft();
  draft.html = "x";
  draft.attachments.push_back({"a.png", "", Blob("a"), "same"});
  draft.attachments.push_back({"b.png", "", Blob("b"), "same"});
  CHECK(has(refusal_of_draft(draft), "content id of attachment b.png: another attachment has the same"));
}

TEST_CASE("attached text says that it is UTF-8 only where it is") {
  auto draft = simple_draft();
  draft.attachments.push_back({"a.csv", "", Blob("größe;1\n")});
  draft.attachments.push_back({"b.csv", "",
                               Blob("gr\xF6\xDF"
                                    "e;1\n")});
  draft.attachments.push_back({"c.csv", "",
                               Blob("gr\xF6"
                                    "n\n"),
                               "", "iso-8859-1"});
  const auto raw = written(draft);
  CHECK(has(raw, "text/csv;\r\n charset=\"utf-8\";\r\n name=\"a.csv\""));
  CHECK(has(raw, "text/csv;\r\n name=\"b.csv\""));
  CHECK(has(raw, "text/csv;\r\n charset=\"iso-8859-1\";\r\n name=\"c.csv\""));
}

TEST_CASE("flowed text is wrapped for old programs and whole again for others") {
  const std::string paragraph =
      "A paragraph of many words that is written as one line, as people do in editors that wrap lines on the screen, "
      "and that goes on for quite a while until it ends here.";
  auto draft = simple_draft();
  draft.flowed = true;
  draft.text = paragraph + "\n\n> " + paragraph + "\n>> deeper\n> > too\n  indented\nFrom here\n\n-- \nAda\n";
  const auto raw = written(draft);
  check_lines(raw);
  CHECK(has(raw, "text/plain; charset=utf-8; format=flowed\r\n"));
  CHECK(has(raw, "Transfer-Encoding: 7bit"));
  std::size_t longest = 0;
  for (std::size_t at = raw.find("\r\n\r\n") + 4; at < raw.size(); at = raw.find("\r\n", at) + 2) {
    longest = std::max(longest, raw.find("\r\n", at) - at);
  }
  CHECK(longest <= 78);
  CHECK(longest > 60);
  CHECK(has(raw, "\r\n From here\r\n"));
  CHECK(read_back(draft).body_text ==
        paragraph + "\n\n> " + paragraph + "\n>> deeper\n>> too\n  indented\nFrom here\n\n-- \nAda\n");
}

TEST_CASE("flowed text comes back whatever it is made of") {
  for (const std::string& text :
       {std::string(3'000, 'x') + " " + std::string(80, 'y') + " z\n",
        std::string("-- a") + std::string(100, 'b') + " -- c\n",
        std::string("größe ") + std::string(200, 'w') + " >not a quote " + std::string(70, 'v') + "\n",
        "日本語の" + std::string(90, 'k') + " テキスト\n",
        std::string("a  b   c    ") + std::string(75, 'd') + "   e\n",
        std::string(">>> deep ") + std::string(77, 'q') + " end\n"}) {
    auto draft = simple_draft();
    draft.flowed = true;
    draft.text = text;
    check_lines(written(draft));
    const auto expected = text.starts_with(">>>") ? ">>> deep " + std::string(77, 'q') + " end\n" : text;
    CHECK(read_back(draft).body_text == expected);
  }
}

TEST_CASE("very long lines of text and HTML arrive whole") {
  auto draft = simple_draft();
  draft.text = std::string(100'000, 'x') + "\n";
  draft.html = "<p>" + std::string(100'000, 'y') + "</p>";
  check_lines(written(draft));
  const auto message = read_back(draft);
  CHECK(message.body_text == *draft.text);
  CHECK(has(message.body_html, *draft.html));
}

TEST_CASE("attack 66: nothing a caller passes can add a header") {
  for (const std::string& bad : {std::string("a\r\nBcc: x@example.org"), std::string("a\nb"), std::string("a\rb"),
                                 std::string("a\0b", 3), std::string("a\u0085b"), std::string("a\u2028b"),
                                 std::string("a\u2029b"), std::string("a\x1B[0m"), std::string("\xFF")}) {
    CAPTURE(bad);
    auto draft = simple_draft();
    draft.subject = bad;
    CHECK(has(refusal_of_draft(draft), "Subject"));
    draft = simple_draft();
    draft.from.name = bad;
    CHECK(has(refusal_of_draft(draft), "From"));
    draft = simple_draft();
    draft.to[0].name = bad;
    CHECK(has(refusal_of_draft(draft), "To"));
    draft = simple_draft();
    draft.cc = {{"", bad + "@example.org"}};
    CHECK(has(refusal_of_draft(draft), "Cc"));
    draft = simple_draft();
    draft.message_id = "<" + bad + "@example.org>";
    CHECK(has(refusal_of_draft(draft), "Message-ID"));
    draft = simple_draft();
    draft.references = {"<" + bad + "@example.org>"};
    CHECK(has(refusal_of_draft(draft), "References"));
    draft = simple_draft();
    draft.extra_headers = {{"X-A", bad}};
    CHECK(has(refusal_of_draft(draft), "X-A"));
    draft = simple_draft();
    draft.extra_headers = {{bad, "x"}};
    CHECK(has(refusal_of_draft(draft), "--header"));
    draft = simple_draft();
    draft.attachments.push_back({bad, "", Blob("x")});
    CHECK(has(refusal_of_draft(draft), "attachment"));
    draft = simple_draft();
    draft.attachments.push_back({"a", "text/" + bad, Blob("x")});
    CHECK(has(refusal_of_draft(draft), "type of attachment"));
    draft = simple_draft();
    draft.html = "x";
    draft.attachments.push_back({"a", "", Blob("x"), bad});
    CHECK(has(refusal_of_draft(draft), "content id of attachment"));
    draft = simple_draft();
    draft.attachments.push_back({"a", "text/plain", Blob("x"), "", bad});
    CHECK(has(refusal_of_draft(draft), "charset of attachment"));
    draft = simple_draft();
    draft.in_reply_to = "<" + bad + ">";
    CHECK(has(refusal_of_draft(draft), "In-Reply-To"));
  }
}

TEST_CASE("what cannot be sent is refused with the field's name") {
  auto draft = simple_draft();
  draft.to.clear();
  CHECK(has(refusal_of_draft(draft), "no recipient"));
  draft.bcc = {{"", "b@example.org"}};
  CHECK(compose(draft));
  draft = simple_draft();
  draft.from.email = "";
  CHECK(has(refusal_of_draft(draft), "no sender"));
  draft = simple_draft();
  draft.to[0].email = "bob";
  CHECK(has(refusal_of_draft(draft), "the address bob cannot be used"));
  draft = simple_draft();
  draft.message_id.clear();
  CHECK(has(refusal_of_draft(draft), "Message-ID"));
  draft = simple_draft();
  draft.extra_headers = {{"Content-Type", "x"}};
  CHECK(has(refusal_of_draft(draft), "--header Content-Type: mailmgr writes this field itself"));
  draft = simple_draft();
  draft.to = {{"", "größe@example.org"}};
  CHECK(has(refusal_of_draft(draft), "SMTPUTF8"));
  draft = simple_draft();
  draft.text = "\xFF";
  CHECK(has(refusal_of_draft(draft), "the text: not valid UTF-8"));
}

TEST_CASE("the same draft gives the same bytes") {
  auto draft = simple_draft();
  draft.html = "<p>x</p>";
  draft.attachments.push_back({"a.bin", "", Blob("x")});
  CHECK(written(draft) == written(draft));
}

TEST_CASE("message ids are made of the random bytes and the sender's domain") {
  CHECK(make_message_id(std::string("\x01\xAB", 2), "ada@example.org") == "<01ab@example.org>");
  CHECK(make_message_id("a", "ada") == "<61@localhost>");
  CHECK(make_message_id("a", "ada@bad domain") == "<61@localhost>");
}
