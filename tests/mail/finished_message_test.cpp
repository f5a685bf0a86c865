#include "core/mail/finished_message.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

FinishOptions finish_options() {
  FinishOptions options;
  options.message_id = "<new@example.org>";
  options.date = *from_rfc3339("2026-11-23T09:05:07Z");
  options.added_headers = {{"X-Mailmgr-Id", "mark"}};
  return options;
}

FinishedMessage finished(const std::string& raw, const FinishOptions& options = finish_options()) {
  auto message = finish_message(Blob(raw), options);
  REQUIRE_MESSAGE(message, message.error().message);
  return *std::move(message);
}

std::string sent_bytes(const std::string& raw, const FinishOptions& options = finish_options()) {
  return *finished(raw, options).mime.bytes();
}

std::string refused_message(const std::string& raw, const FinishOptions& options = finish_options()) {
  const auto message = finish_message(Blob(raw), options);
  REQUIRE_FALSE(message);
  CHECK(message.error().code == Code::usage);
  return message.error().message;
}

std::string emails(const std::vector<Address>& list) {
  std::string out;
  for (const auto& address : list) out += (out.empty() ? "" : " ") + address.email;
  return out;
}

const std::string kComplete =
    "From: Ada  <ada@example.org>\r\nTo: bob@x.example,\r\n\tc@x.example\r\nBCC: d@x.example\r\n"
    "subject:  odd   spacing \r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nMessage-Id: <m1@example.org>\r\n"
    "X-Odd : kept\r\nContent-Type: text/plain;\r\n charset=\"utf-8\"\r\nContent-Transfer-Encoding: 8bit\r\n";
const std::string kMark = "X-Mailmgr-Id: mark\r\n";
const std::string kTail = "Date: Mon, 23 Nov 2026 09:05:07 +0000\r\nMessage-ID: <new@example.org>\r\n" + kMark;

}  // namespace

TEST_CASE("a complete message is sent byte for byte, with the marker added") {
  const std::string body = "größe\r\n.\r\nFrom me\r\n trailing \r\n\r\nno line end";
  const auto message = finished(kComplete + "\r\n" + body);
  CHECK(*message.mime.bytes() == kComplete + kMark + "\r\n" + body);
  CHECK(message.from == Address{"Ada", "ada@example.org"});
  CHECK(emails(message.recipients) == "bob@x.example c@x.example d@x.example");
  CHECK(message.subject == "odd   spacing");
  CHECK(message.message_id == "<m1@example.org>");
  CHECK(to_rfc3339(message.date) == "2026-11-23T09:00:00Z");
  CHECK(message.left_out.empty());
}

TEST_CASE("line ends become CRLF and a missing Date and Message-ID are added") {
  CHECK(sent_bytes("From: a@x.example\nTo: b@x.example,\n c@x.example\n\none\n\ntwo\r\nthree\r\rfour\n") ==
        "From: a@x.example\r\nTo: b@x.example,\r\n c@x.example\r\n" + kTail +
            "\r\none\r\n\r\ntwo\r\nthree\r\rfour\r\n");
  const auto message = finished("From: a@x.example\nTo: b@x.example\n\nx");
  CHECK(message.message_id == "<new@example.org>");
  CHECK(message.date == finish_options().date);
}

TEST_CASE("a message may end with its header") {
  for (const auto* end : {"", "\n", "\r\n", "\n\n", "\r\n\r\n"}) {
    CHECK(sent_bytes(std::string("From: a@x.example\r\nTo: b@x.example") + end) ==
          "From: a@x.example\r\nTo: b@x.example\r\n" + kTail + "\r\n");
  }
}

TEST_CASE("the separator line of a mailbox file goes") {
  CHECK(sent_bytes("From ada Mon Nov 23 10:00:00 2026\nFrom: a@x.example\nTo: b@x.example\n\nFrom here\n") ==
        "From: a@x.example\r\nTo: b@x.example\r\n" + kTail + "\r\nFrom here\r\n");
}

TEST_CASE("a Message-ID that cannot be sent is replaced, a marker from before goes") {
  const auto raw =
      sent_bytes("From: a@x.example\nTo: b@x.example\nMessage-ID: none\nX-MAILMGR-ID: old\nDate: today\n\nx\n");
  CHECK(raw == "From: a@x.example\r\nTo: b@x.example\r\nDate: today\r\nMessage-ID: <new@example.org>\r\n" + kMark +
                   "\r\nx\r\n");
}

TEST_CASE("line ends are right wherever a message is cut into pieces") {
  // Pieces are 256 KiB: CR at the end of one, LF at the start of the next.
  for (std::size_t shift = 0; shift < 4; ++shift) {
    const std::string header = "From: a@x.example\r\nTo: b@x.example\r\n\r\n";
    std::string body(256 * 1024 - header.size() - 2 + shift, 'x');
    body += "\r\ny\nz\r\n";
    const auto sent = sent_bytes(header + body);
    CHECK(sent.ends_with("x\r\ny\r\nz\r\n"));
    CHECK(sent.size() == header.size() + kTail.size() + body.size() + 1);
  }
}

TEST_CASE("a header may be long, but not without end") {
  std::string many;
  while (many.size() < 200'000) many += "X-Filler: " + std::string(60, 'x') + "\n";
  CHECK(has(sent_bytes(many + "From: a@x.example\nTo: b@x.example\n\nbody\n"), "\r\n\r\nbody\r\n"));
  CHECK(has(refused_message(many + many + "From: a@x.example\n\nbody\n"), "larger than 256 KiB"));
}

TEST_CASE("what is no message is refused, with the reason") {
  const std::string good = "From: a@x.example\nTo: b@x.example\n";
  CHECK(has(refused_message("hello world\n" + good + "\nx"), "line 1 is no header field: hello world"));
  CHECK(has(refused_message(good + "oops\n\nx"), "line 3 is no header field: oops"));
  CHECK(has(refused_message(" folded: x\n" + good + "\nx"), "line 1 is no header field"));
  CHECK(has(refused_message("To: b@x.example\n\nx"), "it has no From"));
  CHECK(has(refused_message("From: a@x.example\nSubject: x\n\nx"), "nobody is named who gets it"));
  CHECK(has(refused_message("From: nobody\nTo: b@x.example\n\nx"), "the address nobody in From cannot be used"));
  CHECK(has(refused_message("From: a@x.example\nCc: root\n\nx"), "the address root in Cc cannot be used"));
  CHECK(has(refused_message(good + "From: e@x.example\n\nx"), "its header has From twice"));
  CHECK(has(refused_message(good + "Subject: a\nsubject: b\n\nx"), "Subject twice"));
  CHECK(has(refused_message(""), "no From"));
}

TEST_CASE("bytes that would end a header elsewhere are refused by the header's name") {
  const std::string good = "From: a@x.example\nTo: b@x.example\n";
  CHECK(has(refused_message(good + "X-A: a\rBcc: e@x.example\n\nx"), "its header X-A has a CR that ends no line"));
  CHECK(has(refused_message(good + "X-A: a\r\r\n\nx"), "its header X-A has a CR"));
  CHECK(has(refused_message(good + std::string("X-A: a\0b\n\nx", 11)), "its header X-A has a NUL byte"));
  CHECK(has(refused_message(good + std::string("\na\0b", 4)), "a NUL byte in its text"));
  CHECK(has(refused_message(good + "X-A: " + std::string(1000, 'x') + "\n\nx"),
            "a line of its header X-A is longer than 998"));
  CHECK(has(sent_bytes(good + "X-A: " + std::string(900, 'x') + "\n " + std::string(900, 'y') + "\n\nx"), "yyy\r\n"));
}

TEST_CASE("8-bit letters in a header become encoded words where that is possible") {
  const auto raw = sent_bytes(
      "From: Jürgen Groß <j@x.example>\nTo: \"Ö, Ä\" <o@x.example>\nSubject: Größe =?utf-8?q?=C3=BC?=\n"
      "X-Note: 日本\nX-Plain: a\n\nx\n");
  const auto message = read_message(raw);
  check_lines(raw);
  CHECK(message.from == std::vector<Address>{{"Jürgen Groß", "j@x.example"}});
  CHECK(message.to == std::vector<Address>{{"Ö, Ä", "o@x.example"}});
  CHECK(message.subject == "Größe ü");
  CHECK(has(raw, "X-Note: =?UTF-8?B?"));
  const std::string good = "From: a@x.example\nTo: b@x.example\n";
  CHECK(has(refused_message(good + "Subject: gr\xFC\n\nx"), "its header Subject has bytes that are not UTF-8"));
  CHECK(has(refused_message(good + "Content-Type: text/größe\n\nx"),
            "its header Content-Type has letters outside ASCII"));
  CHECK(has(refused_message(good + "Cc: größe@x.example\n\nx"), "in Cc cannot be used"));
  const auto line_end = read_message(sent_bytes(good + "Subject: a\u2028Bcc: b\n\nx"));
  CHECK(line_end.subject == "a Bcc: b");
}

TEST_CASE("recipients given apart are those who get it, and nobody else") {
  auto options = finish_options();
  options.recipients = {{{"", "Bob@x.example"}, {"", "new@x.example"}, {"", "bob@x.example"}}};
  const auto message = finished(
      "From: a@x.example\nTo: B <bob@x.example>, Stranger <s@x.example>\nCc: c@x.example\nBcc: d@x.example\n\nx\n",
      options);
  const auto raw = *message.mime.bytes();
  CHECK(raw == "From: a@x.example\r\nTo: B <bob@x.example>\r\nBcc: new@x.example\r\n" + kTail + "\r\nx\r\n");
  CHECK(emails(message.recipients) == "Bob@x.example new@x.example");
  CHECK(emails(message.left_out) == "s@x.example c@x.example");
  // What needs no change stays as it was.
  options.recipients = {{{"", "b@x.example"}}};
  CHECK(sent_bytes("From: a@x.example\nTo:   b@x.example (Bob)\nbcc: e@x.example\n\nx\n", options) ==
        "From: a@x.example\r\nTo:   b@x.example (Bob)\r\n" + kTail + "\r\nx\r\n");
  CHECK(sent_bytes("From: a@x.example\n\nx\n", options) ==
        "From: a@x.example\r\nBcc: b@x.example\r\n" + kTail + "\r\nx\r\n");
  options.recipients = std::vector<Address>();
  CHECK(has(refused_message("From: a@x.example\nTo: b@x.example\n\nx\n", options), "nobody is named"));
  options.recipients = {{{"", "x y"}}};
  CHECK(has(refused_message("From: a@x.example\n\nx\n", options), "the recipient x y cannot be used"));
}

TEST_CASE("names of this machine stand for the addresses that are meant") {
  auto options = finish_options();
  options.local_names = {{"root", {{"", "admin@x.example"}, {"Op", "op@x.example"}}}};
  const auto message = finished("From: a@x.example\nTo: Root, b@x.example\nBcc: root\n\nx\n", options);
  CHECK(has(*message.mime.bytes(), "To: admin@x.example, Op <op@x.example>, b@x.example\r\nBcc: admin@x.example"));
  CHECK(emails(message.recipients) == "admin@x.example op@x.example b@x.example");
  options.recipients = {{{"", "admin@x.example"}}};
  CHECK(has(sent_bytes("From: a@x.example\nTo: root\n\nx\n", options), "To: admin@x.example\r\n"));
  options.local_names = {{"root@localhost", {{"", "admin@x.example"}}}, {"nobody", {}}};
  CHECK(has(sent_bytes("From: a@x.example\nTo: Root@LocalHost, nobody\n\nx\n", options), "To: admin@x.example\r\n"));
}

TEST_CASE("From can be replaced, and a line break in its name adds nothing") {
  auto options = finish_options();
  options.from = Address{"Ada", "ada@example.org"};
  CHECK(sent_bytes("Subject: x\nFrom: root (Cron Daemon)\nTo: b@x.example\n\nx\n", options) ==
        "Subject: x\r\nFrom: Ada <ada@example.org>\r\nTo: b@x.example\r\n" + kTail + "\r\nx\r\n");
  CHECK(sent_bytes("To: b@x.example\n\nx\n", options) ==
        "To: b@x.example\r\nFrom: Ada <ada@example.org>\r\n" + kTail + "\r\nx\r\n");
  options.from->name = "Ada\r\nBcc: eve@x.example";
  CHECK(read_message(sent_bytes("To: b@x.example\n\nx\n", options)).bcc.empty());
  options.from->email = "nobody";
  CHECK(has(refused_message("To: b@x.example\n\nx\n", options), "in From cannot be used"));
}

TEST_CASE("with another From the Sender goes, and Reply-To is written where there is none") {
  auto options = finish_options();
  options.from = Address{"", "ada@example.org"};
  options.reply_to = Address{"Bob\nX: y", "bob@example.org"};
  const std::string raw = "From: bob@example.org\nSender: eve@x.example\nTo: b@x.example\n";
  const auto sent = sent_bytes(raw + "\nx\n", options);
  CHECK_FALSE(has(sent, "eve@x.example"));
  CHECK(has(sent, "Reply-To: Bob X: y <bob@example.org>\r\n") !=
        has(sent, "Reply-To: \"Bob X: y\" <bob@example.org>\r\n"));
  CHECK(has(sent_bytes(raw + "reply-to: c@x.example\n\nx\n", options), "reply-to: c@x.example\r\n"));
  CHECK_FALSE(has(sent_bytes(raw + "reply-to: c@x.example\n\nx\n", options), "bob@example.org"));
  options.reply_to->email = "nobody";
  CHECK_FALSE(has(sent_bytes(raw + "\nx\n", options), "Reply-To"));
}

TEST_CASE("Resent-Bcc, which providers do not hide, is not sent") {
  const std::string head = "From: a@x.example\nTo: b@x.example\n";
  CHECK_FALSE(has(sent_bytes(head + "Resent-BCC: c@x.example\n\nx\n"), "c@x.example"));
  const auto read = read_finished_head(Blob(head + "Resent-To: d@x.example\nResent-Bcc: c@x.example\n\nx\n"));
  CHECK(emails(read->resent_to) == "d@x.example c@x.example");
}

TEST_CASE("headers to add are checked like others") {
  auto options = finish_options();
  options.added_headers = {{"X-A", "a\r\nBcc: eve@x.example"}};
  CHECK(has(refused_message("From: a@x.example\nTo: b@x.example\n\nx\n", options), "--header X-A"));
}

TEST_CASE("as sendmail takes it, the first line that is no header begins the text") {
  auto options = finish_options();
  options.header_may_end_early = true;
  options.from = Address{"", "a@x.example"};
  options.recipients = {{{"", "b@x.example"}}};
  const std::string head = "From: a@x.example\r\nBcc: b@x.example\r\n" + kTail + "\r\n";
  CHECK(sent_bytes("hello\nworld\n", options) == head + "hello\r\nworld\r\n");
  CHECK(sent_bytes("\nhello\n", options) == head + "hello\r\n");
  CHECK(sent_bytes("", options) == head);
  CHECK(sent_bytes("Subject: x\nno header here\nTo: c@x.example\n", options) ==
        "Subject: x\r\n" + head + "no header here\r\nTo: c@x.example\r\n");
  CHECK(sent_bytes("no line end", options) == head + "no line end");
}

TEST_CASE("the head of a message can be looked at before it is decided") {
  const auto head =
      read_finished_head(Blob("From: root (Cron Daemon)\nTo: root, b@x.example\nBcc: c@x.example\n"
                              "Subject: =?utf-8?q?=C3=BC?=\nMessage-ID: <a@b>\n\nbody \xFF"));
  REQUIRE(head);
  CHECK(head->from == std::vector<Address>{{"Cron Daemon", "root"}});
  CHECK(emails(head->to) == "root b@x.example");
  CHECK(emails(head->bcc) == "c@x.example");
  CHECK(head->subject == "ü");
  CHECK(head->message_id == "<a@b>");
  CHECK_FALSE(head->date);
  CHECK_FALSE(read_finished_head(Blob("hello\n")));
  CHECK(read_finished_head(Blob("hello\n"), true));
}

TEST_CASE("a large message goes through a file, not through memory") {
  BlobWriter writer;
  REQUIRE(writer.append(kComplete + "\r\n"));
  const std::string line = std::string(70, 'x') + "\n";
  std::string piece;
  while (piece.size() < 700'000) piece += line;
  for (int i = 0; i < 20; ++i) REQUIRE(writer.append(piece));
  auto raw = std::move(writer).finish();
  REQUIRE(raw);
  const auto message = finish_message(*raw, finish_options());
  REQUIRE(message);
  CHECK(message->mime.in_memory() == nullptr);
  CHECK(message->mime.size() == raw->size() + kMark.size() + 20 * (piece.size() / line.size()));
}

TEST_CASE("a list of recipients that another reader may understand otherwise is written anew") {
  for (const auto* to : {"<b@x.example> <eve@x.example>", "b@x.example, \"c", "<b@x.example", "g: b@x.example",
                         "<b@x.example> eve@x.example", "b@x.example (note"}) {
    CAPTURE(to);
    const auto message =
        finish_message(Blob("From: a@x.example\nTo: " + std::string(to) + "\n\nx\n"), finish_options());
    if (!message) {
      CHECK(message.error().code == Code::usage);
      continue;
    }
    CHECK(emails(message->recipients) == "b@x.example");
    CHECK_FALSE(has(*message->mime.bytes(), "eve"));
    CHECK(has(*message->mime.bytes(), "To: "));
    CHECK_FALSE(has(*message->mime.bytes(), "To: " + std::string(to)));
  }
  CHECK(has(sent_bytes("From: a@x.example\nTo: (note) b@x.example\n\nx\n"), "To: (note) b@x.example\r\n"));
}

TEST_CASE("no recipient hides behind a list too long to be read") {
  std::string list = "b@x.example";
  for (int count = 0; count < 2500; ++count) list += ",\n b@x.example";
  CHECK(has(refused_message("From: a@x.example\nTo: " + list + ",\n eve@x.example\n\nx\n"), "2000 recipients"));
}
