#include "core/mail/parse.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "core/base/encoding.h"

using namespace mailmgr;

namespace {

ParsedMessage parsed_within(std::string raw, const ParseLimits& limits = {}) {
  auto message = parse_message(Blob(std::move(raw)), limits);
  REQUIRE(message);
  return std::move(*message);
}

std::string part_of(const std::string& raw, std::string_view part) {
  std::string content;
  const auto status = read_part(Blob(raw), part, [&](std::string_view bytes) {
    content += bytes;
    return true;
  });
  REQUIRE(status);
  return content;
}

const std::string kMixed =
    "From: Ada <ada@example.org>\r\n"
    "Content-Type: multipart/mixed; boundary=outer\r\n\r\n"
    "preamble\r\n--outer\r\n"
    "Content-Type: multipart/alternative; boundary=\"inner b\"\r\n\r\n"
    "--inner b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain words\r\n"
    "--inner b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>html words</p>\r\n--inner b--\r\n"
    "--outer\r\n"
    "Content-Type: application/pdf; name=\"report.pdf\"\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=\"report.pdf\"\r\n\r\nJVBERi0xLjQK\r\n"
    "--outer\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\ninner body\r\n"
    "--outer\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n--outer--\r\nepilogue\r\n";

}  // namespace

TEST_CASE("the fields of a message are read and decoded") {
  const auto message = parsed_within(
      "Received: from a by b\r\n"
      "From: =?utf-8?q?Bj=C3=B6rn?= <bjorn@example.org>\r\n"
      "To: \"Lovelace, Ada\" <ada@example.org>,\r\n bob@example.org (Bob)\r\n"
      "Cc: team: c@example.org, d@example.org;\r\n"
      "Reply-To: <r@example.org>\r\n"
      "Subject: =?iso-8859-1?Q?Gr=FC=DFe?= =?iso-8859-1?Q?_aus?= Linz\r\n folded\r\n"
      "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
      "Message-ID: <m1@example.org>\r\n"
      "In-Reply-To: <m0@example.org>\r\n"
      "References: <r1@example.org> <r2@example.org>\r\n\t<m0@example.org>\r\n"
      "List-Id: The devs <dev.example.org>\r\n\r\nHello\r\n");
  CHECK(message.from == std::vector<Address>{{"Björn", "bjorn@example.org"}});
  CHECK(message.to == std::vector<Address>{{"Lovelace, Ada", "ada@example.org"}, {"Bob", "bob@example.org"}});
  CHECK(message.cc == std::vector<Address>{{"", "c@example.org"}, {"", "d@example.org"}});
  CHECK(message.reply_to == std::vector<Address>{{"", "r@example.org"}});
  CHECK(message.subject == "Grüße aus Linz folded");
  REQUIRE(message.date);
  CHECK(to_rfc3339(*message.date) == "2026-11-23T09:00:00Z");
  CHECK(message.message_id == "<m1@example.org>");
  CHECK(message.in_reply_to == "<m0@example.org>");
  CHECK(message.references == std::vector<std::string>{"<r1@example.org>", "<r2@example.org>", "<m0@example.org>"});
  CHECK(message.list_id == "dev.example.org");
  CHECK(message.headers.size() == 11);
  CHECK(message.headers[5] == std::pair<std::string, std::string>{"Subject", "Grüße aus Linz folded"});
  CHECK(message.body_text == "Hello\n");
  CHECK(message.body_html.empty());
  CHECK(message.damage.empty());
}

TEST_CASE("parts are numbered as IMAP numbers them and read one by one") {
  const auto message = parsed_within(kMixed);
  CHECK(message.body_text == "plain words\n");
  CHECK(message.body_html == "<p>html words</p>");
  CHECK(message.html_parts == std::vector<std::string>{"1.2"});
  REQUIRE(message.attachments.size() == 3);
  const auto& pdf = message.attachments[0];
  CHECK(pdf.part == "2");
  CHECK(pdf.name == "report.pdf");
  CHECK(pdf.type == "application/pdf");
  CHECK(pdf.size == 9);
  CHECK_FALSE(pdf.is_inline);
  CHECK(message.attachments[1].part == "3");
  CHECK(message.attachments[1].type == "message/rfc822");
  CHECK(message.attachments[2].type == "text/calendar");
  CHECK(message.damage.empty());

  CHECK(part_of(kMixed, "1.1") == "plain words");
  CHECK(part_of(kMixed, "1.2") == "<p>html words</p>");
  CHECK(part_of(kMixed, "2") == "%PDF-1.4\n");
  CHECK(part_of(kMixed, "3") == "Subject: inside\r\n\r\ninner body");
  CHECK(part_of("Subject: x\n\nonly\n", "1") == "only\n");
  const auto missing = read_part(Blob(kMixed), "7", [](std::string_view) { return true; });
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::not_found);
}

TEST_CASE("reading a part stops when the reader has enough") {
  int calls = 0;
  const auto status = read_part(Blob(kMixed), "2", [&](std::string_view) { return ++calls > 100; });
  CHECK(status);
  CHECK(calls == 1);
}

TEST_CASE("HTML is rendered only where no plain text says the same") {
  const std::string html = "Content-Type: text/html\r\n\r\n<p>from html</p>\r\n";
  CHECK(parsed_within("Subject: x\r\n" + html).body_text == "from html\n");
  // A blank text alternative is no text.
  CHECK(parsed_within("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\n  \r\n--b\r\n" + html +
                      "--b--\r\n")
            .body_text == "from html\n");
  // A mailing list's footer does not replace the message.
  CHECK(parsed_within("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + html +
                      "--b\r\n\r\nfooter\r\n--b--\r\n")
            .body_text == "from html\n\nfooter\n");
}

TEST_CASE("images inside the text, signatures and named text are marked as inline") {
  const auto message = parsed_within(
      "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/related; boundary=r\n\n"
      "--r\nContent-Type: text/html\n\n<img src=cid:i1>\n"
      "--r\nContent-Type: image/png\nContent-ID: <i1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--r--\n"
      "--m\nContent-Type: text/plain; name=fix.patch\nContent-Disposition: inline; filename=fix.patch\n\n+ a line\n"
      "--m\nContent-Type: application/pdf\nContent-Disposition: inline; filename=a.pdf\n\nx\n--m--\n");
  REQUIRE(message.attachments.size() == 3);
  CHECK(message.attachments[0].part == "1.2");
  CHECK(message.attachments[0].content_id == "i1");
  CHECK(message.attachments[0].is_inline);
  CHECK(message.attachments[0].size == 8);
  CHECK(message.attachments[1].name == "fix.patch");
  CHECK(message.attachments[1].is_inline);
  CHECK_FALSE(message.attachments[2].is_inline);
  CHECK(message.body_text == "+ a line\n");
}

TEST_CASE("file names come decoded in every way that mailers write them") {
  const auto name = [](const std::string& fields) {
    const auto message =
        parsed_within("Content-Type: multipart/mixed; boundary=b\n\n--b\n" + fields + "\n\nx\n--b--\n");
    return message.attachments.empty() ? std::string("none") : message.attachments[0].name;
  };
  CHECK(name("Content-Disposition: attachment; filename*=utf-8''gr%C3%BC%C3%9Fe.txt") == "grüße.txt");
  CHECK(name("Content-Disposition: attachment; filename*0=long; filename*1=name.txt") == "longname.txt");
  CHECK(name("Content-Disposition: attachment; filename=\"=?utf-8?b?w6QudHh0?=\"") == "ä.txt");
  CHECK(name("Content-Disposition: attachment; filename=\"=?utf-8?b?w6Q=?= =?utf-8?b?w7Y=?=\"") == "äö");
  CHECK(name("Content-Disposition: attachment;filename==?utf-8?q?=C3=A4?=") == "ä");
  CHECK(name("Content-Disposition: attachment; filename=a b c.txt") == "a b c.txt");
  CHECK(name("Content-Disposition: attachment; filename=\"gr\xFC.txt\"") == "grü.txt");
  CHECK(name("Content-Type: image/png; name=\"only type.png\"") == "only type.png");
  CHECK(name("Content-Disposition: attachment; filename=\"../../etc/passwd\"") == "../../etc/passwd");
  CHECK(name("Content-Disposition: attachment") == "");
}

TEST_CASE("uuencoded parts are decoded from their begin line on") {
  const std::string raw =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: "
      "x-uuencode\n\n"
      "lead\nbegin 644 scan.txt\n,4V-A;FYE9\"!P86=E\n`\nend\n--b--\n";
  REQUIRE(parsed_within(raw).attachments.size() == 1);
  CHECK(parsed_within(raw).attachments[0].size == 12);
  CHECK(part_of(raw, "1") == "Scanned page");
}

TEST_CASE("several threads parse at once") {
  std::vector<std::thread> threads;
  std::vector<std::string> results(4);
  for (auto& result : results) {
    threads.emplace_back([&result] {
      for (int i = 0; i < 50; ++i) {
        const auto message =
            parse_message(Blob("Subject: =?koi8-r?b?8NLJ18XU?=\nDate: Mon, 23 Nov 2026 10:00:00 +0100\n" + kMixed));
        if (message) result = message->subject + message->attachments[0].name + message->body_text;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& result : results) CHECK(result == "Приветreport.pdfplain words\n");
}

TEST_CASE("flowed text is put together again") {
  const auto text = [](const std::string& params, const std::string& body) {
    return parsed_within("Content-Type: text/plain; " + params + "\n\n" + body).body_text;
  };
  CHECK(text("format=flowed", "one \ntwo \nthree\nfour\n") == "one two three\nfour\n");
  CHECK(text("format=flowed; delsp=yes", "one \ntwo\n") == "onetwo\n");
  CHECK(text("format=flowed", "> quoted \n> more\n> end\nmine\n") == "> quoted more\n> end\nmine\n");
  CHECK(text("format=flowed", " From here\n  stuffed\n") == "From here\n stuffed\n");
  CHECK(text("format=flowed", "text\n-- \nAda\n") == "text\n-- \nAda\n");
  CHECK(text("charset=utf-8", "one \ntwo\n") == "one \ntwo\n");
}

TEST_CASE("the snippet is what the writer says first") {
  const auto snippet = [](const std::string& body) { return parsed_within("Subject: x\n\n" + body).snippet; };
  CHECK(snippet("Hello\n\n  there,   friend\n") == "Hello there, friend");
  CHECK(snippet("On Monday Ada wrote:\n> old\n> words\n\nI agree.\n-- \nBob\n") == "I agree.");
  CHECK(snippet("> only\n> quoted\n") == "> only > quoted");
  std::string long_text;
  for (int i = 0; i < 300; ++i) long_text += "ü";
  CHECK(snippet(long_text) == long_text.substr(0, 400));
}

TEST_CASE("large messages in files are read as those in memory") {
  const std::string head =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
      "Content-Disposition: attachment; filename=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  std::string content(3'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 + i / 251);
  BlobWriter writer;
  REQUIRE(writer.append(head));
  for (std::size_t at = 0; at < content.size(); at += 57) {
    REQUIRE(writer.append(base64(std::string_view(content).substr(at, 57)) + "\r\n"));
  }
  REQUIRE(writer.append("--b--\r\n"));
  const auto blob = std::move(writer).finish();
  REQUIRE(blob);
  REQUIRE(blob->in_memory() == nullptr);
  const auto message = parse_message(*blob);
  REQUIRE(message);
  CHECK(message->body_text == "hello\n");
  REQUIRE(message->attachments.size() == 1);
  CHECK(message->attachments[0].size == content.size());
  std::string read;
  REQUIRE(read_part(*blob, "2", [&](std::string_view bytes) {
    read += bytes;
    return true;
  }));
  CHECK(read == content);
}
