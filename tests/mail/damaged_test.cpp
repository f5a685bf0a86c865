// Mail as attackers and broken programs write it. Every case must end quickly, keep what can be kept, and say what was
// wrong.
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "core/base/encoding.h"
#include "core/mail/parse.h"
#include "tests/support/places.h"

using namespace mailmgr;

namespace {

ParsedMessage parsed(std::string raw, const ParseLimits& limits = {}) {
  auto message = parse_message(Blob(std::move(raw)), limits);
  REQUIRE(message);
  for (const auto* text : {&message->subject, &message->body_text, &message->body_html, &message->snippet}) {
    CHECK(is_valid_utf8(*text));
    CHECK(text->find('\0') == std::string::npos);
  }
  for (const auto& [name, value] : message->headers) CHECK(is_valid_utf8(name + value));
  return std::move(*message);
}

bool mentions(const ParsedMessage& message, std::string_view what) {
  return message.damage.find(what) != std::string::npos;
}

}  // namespace

TEST_CASE("attack 54: ten thousand nested multiparts stop at the depth limit and the rest is kept") {
  std::string raw = "Subject: deep\nContent-Type: multipart/mixed; boundary=root\n\n--root\n\nfirst\n";
  raw += "--root\n";
  for (int i = 0; i < 10'000; ++i) {
    const auto b = "b" + std::to_string(i);
    raw += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n";
  }
  raw += "\ninnermost\n--root\n\nlast\n--root--\n";
  const auto message = parsed(std::move(raw));
  CHECK(mentions(message, "nested too deep"));
  CHECK(message.body_text == "first\n\nlast\n");
}

TEST_CASE("attack 55: a hundred thousand parts are read up to the limit") {
  std::string raw = "Content-Type: multipart/mixed; boundary=b\n\n";
  for (int i = 0; i < 100'000; ++i) raw += "--b\nContent-Type: image/png\n\nx\n";
  const auto message = parsed(std::move(raw));
  CHECK(message.attachments.size() == ParseLimits{}.max_parts);
  CHECK(mentions(message, "too many parts"));
}

TEST_CASE("attack 55: a hundred thousand continuations of one parameter are cut") {
  std::string raw = "Content-Disposition: attachment";
  for (int i = 0; i < 100'000; ++i) raw += ";\n filename*" + std::to_string(i) + "=a";
  raw += "\nContent-Type: image/png\n\nx";
  const auto message = parsed("Content-Type: multipart/mixed; boundary=b\n\n--b\n" + raw + "\n--b--\n");
  REQUIRE(message.attachments.size() == 1);
  CHECK(message.attachments[0].name.size() < 20'000);
}

TEST_CASE("attack 56: an address full of colons, commas or parentheses is read without recursion") {
  for (const char* c : {":", ",", "(", "<", "\"", ";", "@", "a:b;"}) {
    std::string from;
    while (from.size() < 99'999) from += c;
    const auto message = parsed("From: " + from + "\nSubject: still here\n\nx\n");
    CHECK(message.subject == "still here");
    CHECK(message.from.size() <= 2000);
  }
}

TEST_CASE("attack 57: a huge header is kept in part and the body is still found") {
  std::string raw = "Subject: first\n";
  for (int i = 0; i < 40'000; ++i) raw += "X-Filler: " + std::to_string(i) + " filler filler\n";
  raw += "To: late@example.org\n\nthe body\n";
  const auto message = parsed(std::move(raw));
  CHECK(message.subject == "first");
  CHECK(message.headers.size() <= 1000);
  CHECK(message.body_text == "the body\n");
  CHECK(mentions(message, "header is too large"));

  const auto line = parsed("Subject: " + std::string(2'000'000, 'x') + "\n\nthe body\n");
  CHECK(line.body_text == "the body\n");
}

TEST_CASE("a hundred thousand different header names do no harm") {
  std::string raw;
  for (int i = 0; i < 100'000; ++i) raw += "a:\n";
  const auto message = parsed(raw + "\nbody\n");
  CHECK(message.body_text == "body\n");
}

TEST_CASE("attack 57: NUL and bare carriage returns are told and made harmless") {
  const auto message = parsed(std::string("Subject: a\0b\rc\n\none\0two\rthree\n", 30));
  CHECK(message.subject ==
        "a\xEF\xBF\xBD"
        "b c");
  CHECK(message.body_text ==
        "one\xEF\xBF\xBD"
        "two\nthree\n");
  CHECK(mentions(message, "NUL"));
}

TEST_CASE("attack 57: base64 that ends early gives what is there") {
  const auto message = parsed("Content-Transfer-Encoding: base64\n\nSGVsbG8gd29ybGQh\nSGVsb");
  CHECK(message.body_text.starts_with("Hello world!Hel"));
  CHECK(mentions(message, "base64 content ends early"));
  CHECK(parsed("Content-Transfer-Encoding: base64\n\nSGVs*bG8=\n").body_text == "Hello\n");
}

TEST_CASE("attack 57: a multipart without its end, or without a boundary, is read") {
  const auto open = parsed("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n");
  CHECK(open.body_text == "hello\n");
  CHECK(mentions(open, "without its closing boundary"));
  const auto none = parsed("Content-Type: multipart/mixed\n\nhello\n");
  CHECK(none.body_text == "hello\n");
  CHECK(mentions(none, "names no boundary"));
  const auto headless =
      parsed("Content-Type: multipart/mixed; boundary=b\n\n--b\nhello without a blank line\nmore\n--b--\n");
  CHECK(headless.body_text == "hello without a blank line\nmore\n");
}

TEST_CASE("attack 58: charsets that are unknown or lie become U+FFFD, charsets that are missing are guessed") {
  const std::string head = "Content-Type: text/plain; charset=";
  const auto unknown = parsed(head +
                              "klingon\n\ngr\xFC\xDF"
                              "e\n");
  CHECK(unknown.body_text ==
        "gr\xEF\xBF\xBD\xEF\xBF\xBD"
        "e\n");
  CHECK(mentions(unknown, "charset"));
  const auto lying = parsed(head +
                            "utf-8\n\ngr\xFC\xDF"
                            "e\n");
  CHECK(lying.body_text ==
        "gr\xEF\xBF\xBD\xEF\xBF\xBD"
        "e\n");
  const auto none = parsed(
      "Subject: x\n\ngr\xFC\xDF"
      "e\n");
  CHECK(none.body_text == "grüße\n");
  CHECK(mentions(none, "without a charset"));
  CHECK(parsed("Subject: x\n\ngrüße\n").body_text == "grüße\n");
  CHECK(parsed(head + "\"../../etc/passwd\"\n\nplain\n").body_text == "plain\n");
  CHECK(parsed(head + "iso-2022-jp\n\n\x1B$BF|K\\\x1B(B\n").body_text == "日本\n");
  CHECK(parsed(head + "gb2312\n\n\xD6\xD0\xCE\xC4\n").body_text == "中文\n");
  CHECK(parsed(head + "windows-1251\n\n\xCF\xF0\xE8\xE2\xE5\xF2\n").body_text == "Привет\n");
}

TEST_CASE("broken encoded words stay readable") {
  const auto subject = [](const std::string& raw) { return parsed("Subject: " + raw + "\n\n").subject; };
  CHECK(subject("=?utf-8?q?a=C3=A4?=") == "aä");
  CHECK(subject("=?nonsense?q?abc?=").find("abc") != std::string::npos);
  CHECK(subject("=?utf-8?q?never closed") == "=?utf-8?q?never closed");
  CHECK(subject("=?utf-8?b?w6Q=?==?utf-8?b?w7Y=?=") == "äö");
  CHECK(subject("=?utf-8?b?w6Q=?= =?utf-8?q?=C3?= =?utf-8?q?=B6?=") == "äö");  // cut inside a character
  CHECK(subject("=?utf-8?q?a?= =?iso-8859-1?q?=E4?= b =?utf-8?q?c?=") == "aä b c");
  CHECK(subject("raw \xC3\xA4 bytes") == "raw ä bytes");
  CHECK(subject("raw \xE4 bytes") == "raw ä bytes");
  // An encoded line break must not make a header out of a subject.
  CHECK(subject("=?utf-8?q?one=0D=0ABcc:_x?=") == "one  Bcc: x");
  CHECK(subject("=?utf-8?q?esc=1B[31m?=") == "esc\xEF\xBF\xBD[31m");
  std::string many;
  for (int i = 0; i < 5'000; ++i) many += "=?utf-8?q?=C3=A4?= ";
  CHECK(subject(many).size() == 10'000);
}

TEST_CASE("headers may be missing, preceded by an mbox line or interrupted by rubbish") {
  CHECK(mentions(parsed("just text\nwithout a header\n"), "no header"));
  CHECK(parsed("just text\nwithout a header\n").body_text == "just text\nwithout a header\n");
  CHECK(parsed("").body_text.empty());
  CHECK(parsed("\n\n").body_text.empty());
  const auto mbox = parsed("From ada@example.org Mon Nov 23 09:00:00 2026\nSubject: x\n\nbody\n");
  CHECK(mbox.subject == "x");
  CHECK(mbox.damage.empty());
  const auto rubbish = parsed("Subject: x\nthis is no field\nTo: a@example.org\n\nbody\n");
  CHECK(rubbish.subject == "x");
  CHECK(rubbish.to.size() == 1);
  CHECK(rubbish.body_text == "body\n");
  CHECK(mentions(rubbish, "no header field"));
  const auto unparted = parsed("Subject: x\nDear Ada,\nhow are you?\n");
  CHECK(unparted.body_text == "Dear Ada,\nhow are you?\n");
  CHECK(mentions(unparted, "without a blank line"));
  CHECK(mentions(parsed("Date: yesterday-ish\n\nx\n"), "Date cannot be read"));
}

TEST_CASE("damaged addresses keep what they hold") {
  const auto from = [](const std::string& value) { return parsed("From: " + value + "\n\n").from; };
  CHECK(from("undisclosed recipients") == std::vector<Address>{{"undisclosed recipients", ""}});
  CHECK(from("undisclosed-recipients:;").empty());
  CHECK(from("root") == std::vector<Address>{{"", "root"}});
  CHECK(from("<ada@example.org") == std::vector<Address>{{"", "ada@example.org"}});
  CHECK(from("\"Ada <ada@example.org>").size() == 1);
  CHECK(from("<@a,@b:ada@example.org>") == std::vector<Address>{{"", "ada@example.org"}});
  CHECK(from("Ada <ada@example.org> (x) junk, b@c") == std::vector<Address>{{"Ada", "ada@example.org"}, {"", "b@c"}});
  CHECK(from("=?utf-8?q?Bj=C3=B6rn?= =?utf-8?q?_B?= <b@example.org>") ==
        std::vector<Address>{{"Björn B", "b@example.org"}});
}

TEST_CASE("long texts are kept up to the limit and cut at a character") {
  ParseLimits limits;
  limits.max_text = 1001;
  std::string body;
  for (int i = 0; i < 5'000; ++i) body += "ü";
  const auto message = parsed("Content-Type: text/plain; charset=utf-8\n\n" + body, limits);
  CHECK(message.body_text.size() <= 1001);
  CHECK(message.body_text.size() >= 990);
  CHECK(mentions(message, "kept only in part"));
}

TEST_CASE("every prefix of a message parses") {
  const std::string raw =
      "From: =?utf-8?q?Bj=C3=B6rn?= <b@example.org>\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n"
      "Content-Type: text/html; charset=utf-16\r\n\r\n<p>a</p>\r\n--b\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b\r\n\r\nAAAA\r\n--b--\r\n";
  for (std::size_t n = 0; n <= raw.size(); ++n) parsed(raw.substr(0, n));
}

TEST_CASE("the sample mailbox parses, its damaged messages included") {
  std::size_t messages = 0;
  std::size_t damaged = 0;
  for (const auto* folder : {"cur", "new"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(test::source_folder() + "/tests/data/mail/" + folder)) {
      if (entry.path().filename().string().starts_with('.')) continue;
      const auto raw = Blob::read_file(entry.path());
      REQUIRE(raw);
      const auto message = parse_message(*raw);
      REQUIRE(message);
      CAPTURE(entry.path().string());
      const bool expected = entry.path().filename().string().find("damaged") != std::string::npos;
      CHECK_MESSAGE(message->damage.empty() != expected, message->damage);
      ++messages;
      if (expected) ++damaged;
    }
  }
  CHECK(messages >= 40);
  CHECK(damaged >= 5);
}
