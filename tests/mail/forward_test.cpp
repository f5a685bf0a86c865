#include <doctest/doctest.h>

#include <string>

#include "core/mail/reply.h"
#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

ForwardRequest forward_request() {
  ForwardRequest request;
  request.from = {"Ada Berg", "ada@example.org"};
  request.to = {{"", "carl@x.example"}};
  request.written.text = "See below.";
  return request;
}

Draft forward(const std::string& raw, const ForwardRequest& request) {
  const auto original = read_original(Blob(raw));
  REQUIRE(original);
  auto draft = make_forward(*original, request);
  REQUIRE(draft);
  draft->message_id = "<new@example.org>";
  return *std::move(draft);
}

const std::string kOriginal =
    "From: Bob \"B\" Ross <bob@x.example>\r\nTo: Ada <ada@example.org>\r\nCc: d@x.example\r\n"
    "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nSubject: Gr=?utf-8?b?w7zDn2U=?=\r\n"
    "Content-Type: multipart/mixed; boundary=m\r\n\r\n"
    "--m\r\nContent-Type: multipart/related; boundary=r\r\n\r\n"
    "--r\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hi <img src=cid:logo></p>\r\n"
    "--r\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: "
    "base64\r\n\r\niVBORw0KGgo=\r\n"
    "--r\r\nContent-Type: image/png; name=loose.png\r\nContent-ID: <loose>\r\n\r\nxyz\r\n--r--\r\n"
    "--m\r\nContent-Type: text/csv; charset=iso-8859-1; name=\"=?utf-8?q?gr=C3=B6=C3=9Fe.csv?=\"\r\n"
    "Content-Disposition: attachment\r\n\r\nn\xFC\xDF\r\n"
    "--m\r\nContent-Type: message/rfc822\r\n\r\nSubject: inside\r\n\r\ninner\r\n--m--\r\n";

}  // namespace

TEST_CASE("a forwarded message stands below who wrote it, when, about what and to whom") {
  const auto draft = forward(
      "From: Bob <bob@x.example>\nTo: Ada <ada@example.org>, e@x.example\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n"
      "Subject: Plan\n\nthe plan\n",
      forward_request());
  CHECK(draft.subject == "Fwd: Plan");
  CHECK(draft.to == forward_request().to);
  CHECK(*draft.text == "See below.\n\n---------- Forwarded message ----------\nFrom: Bob <bob@x.example>\nDate: " +
                           to_local_date(*from_rfc3339("2026-11-23T10:00:00Z")) +
                           "\nSubject: Plan\nTo: Ada <ada@example.org>, e@x.example\n\nthe plan\n");
  CHECK_FALSE(draft.html);
  CHECK(draft.in_reply_to.empty());
  CHECK(draft.references.empty());
}

TEST_CASE("attachments go along, and images stay where the HTML shows them") {
  const auto raw = Blob(written(forward(kOriginal, forward_request())));
  const auto message = parse_message(raw);
  REQUIRE(message);
  CHECK(message->damage.empty());
  CHECK(message->subject == "Fwd: Grüße");
  CHECK(has(message->body_html, "<div><b>From:</b> Bob B Ross &lt;bob@x.example&gt;</div>"));
  CHECK(has(message->body_html, "<div><b>Cc:</b> d@x.example</div>"));
  CHECK(has(message->body_html, "<p>Hi <img src=\"cid:logo\"></p>"));
  CHECK(has(message->body_text, "Subject: Grüße\n"));
  REQUIRE(message->attachments.size() == 4);
  const auto& list = message->attachments;
  CHECK(list[0].name == "logo.png");
  CHECK(list[0].is_inline);
  CHECK(list[0].content_id == "logo");
  CHECK(part_content(raw, list[0].part) == "\x89PNG\r\n\x1A\n");
  // Nothing shows this one, so it is a file among files.
  CHECK(list[1].name == "loose.png");
  CHECK_FALSE(list[1].is_inline);
  CHECK(list[2].name == "größe.csv");
  CHECK(part_content(raw, list[2].part) == "n\xFC\xDF");
  CHECK(has(*raw.bytes(), "text/csv;\r\n charset=\"iso-8859-1\""));
  CHECK(list[3].type == "message/rfc822");
  CHECK(part_content(raw, list[3].part) == "Subject: inside\r\n\r\ninner");
}

TEST_CASE("as an attachment the original goes byte for byte") {
  auto request = forward_request();
  request.as_attachment = true;
  const auto draft = forward(kOriginal, request);
  CHECK(draft.subject == "Fwd: Grüße");
  CHECK(*draft.text == "See below.\n");
  const Blob raw(written(draft));
  const auto message = parse_message(raw);
  REQUIRE(message);
  REQUIRE(message->attachments.size() == 1);
  CHECK(message->attachments[0].type == "message/rfc822");
  CHECK(message->attachments[0].name == "Grüße.eml");
  CHECK(part_content(raw, message->attachments[0].part) == kOriginal);
}

TEST_CASE("the file name of an attached message is harmless, whatever the subject") {
  auto request = forward_request();
  request.as_attachment = true;
  const auto name = [&](const std::string& subject) {
    return forward("Subject: " + subject + "\n\nx\n", request).attachments.at(0).name;
  };
  CHECK(name("../../etc/passwd") == "-..-etc-passwd.eml");
  CHECK(name("a:b|c?\"d\"") == "a-b-c--d-.eml");
  CHECK(name("") == "message.eml");
  CHECK(name(" . ") == "message.eml");
  CHECK(name("=?utf-8?q?a=0D=0Ab?=") == "a  b.eml");
  CHECK(name(std::string(500, 'x')).size() == 84);
}

TEST_CASE("two images with one content id, and ids that cannot be written, become files") {
  const std::string image = "--m\nContent-Type: image/png\nContent-Disposition: inline; filename=a.png\nContent-ID: ";
  const auto draft = forward(
      "From: b@x.example\nContent-Type: multipart/related; boundary=m\n\n--m\n"
      "Content-Type: text/html\n\n<img src=cid:one><img src=\"cid:gr%C3%B6\">\n" +
          image + "<one>\n\na\n" + image + "<one>\n\nb\n" + image + "<gr\xC3\xB6>\n\nc\n--m--\n",
      forward_request());
  REQUIRE(draft.attachments.size() == 3);
  CHECK(draft.attachments[0].content_id == "one");
  CHECK(draft.attachments[1].content_id.empty());
  CHECK(draft.attachments[2].content_id.empty());
  written(draft);
}

TEST_CASE("a signature of the original does not go along, since it no longer holds") {
  const auto draft = forward(
      "From: b@x.example\nContent-Type: multipart/signed; boundary=m\n\n--m\n\ntext\n--m\n"
      "Content-Type: application/pgp-signature\n\nsig\n--m--\n",
      forward_request());
  CHECK(draft.attachments.empty());
}

TEST_CASE("HTML in several parts is forwarded whole") {
  const auto draft = forward(
      "From: b@x.example\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: "
      "text/html\n\n<p>one</p>\n--m\n"
      "Content-Type: application/pdf; name=a.pdf\n\nxx\n--m\nContent-Type: text/html\n\n<p>two</p>\n--m\n\nfooter "
      "<3\n--m--\n",
      forward_request());
  CHECK(has(*draft.html, "<p>one</p>\n<p>two</p>\n<div>footer &lt;3</div>"));
  CHECK(has(*draft.text, "one\n\ntwo\n\nfooter <3\n"));
}

TEST_CASE("a text larger than the index keeps is forwarded whole, one beyond all measure is refused") {
  std::string line = "0123456789012345678901234567890123456789012345678901234567890\n";
  std::string text;
  while (text.size() < 1'000'000) text += line;
  const auto draft = forward("From: b@x.example\n\n" + text, forward_request());
  CHECK(draft.text->ends_with(text));
  std::string huge;
  while (huge.size() < 9'000'000) huge += text;
  const auto original = read_original(Blob("From: b@x.example\n\n" + huge));
  REQUIRE(original);
  const auto refused = make_forward(*original, forward_request());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::usage);
  CHECK(refused.error().hint == "--as-attachment");
}
