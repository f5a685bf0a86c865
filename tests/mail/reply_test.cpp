#include "core/mail/reply.h"

#include <doctest/doctest.h>

#include <string>

#include "core/mail/subject.h"
#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

const Address kMe{"Ada Berg", "ada@example.org"};

Original original(const std::string& raw) {
  auto read = read_original(Blob(raw));
  REQUIRE(read);
  return *std::move(read);
}

ReplyRequest request(bool all = false) {
  ReplyRequest request;
  request.from = kMe;
  request.own_addresses = {"ada@example.org", "berg@example.com"};
  request.written.text = "My answer.\n";
  request.all = all;
  return request;
}

Answer reply_to(const std::string& raw, const ReplyRequest& how) {
  auto answer = make_reply(original(raw), how);
  REQUIRE(answer);
  return *std::move(answer);
}

// "a@x b@x | c@x": the addresses of To and Cc.
std::string people(const Answer& answer) {
  std::string out;
  for (const auto& address : answer.draft.to) out += (out.empty() ? "" : " ") + address.email;
  if (!answer.draft.cc.empty()) out += " |";
  for (const auto& address : answer.draft.cc) out += " " + address.email;
  return out;
}

std::string people_of(const std::string& header, bool all = false) {
  return people(reply_to(header + "\n\nbody\n", request(all)));
}

// The reply as others get it.
ParsedMessage arrived(Draft draft) {
  draft.message_id = "<new@example.org>";
  const auto message = read_message(written(draft));
  CHECK(message.damage.empty());
  return message;
}

}  // namespace

TEST_CASE("a reply goes to Reply-To, else to the author") {
  CHECK(people_of("From: Bob <bob@x.example>\nTo: ada@example.org, c@x.example") == "bob@x.example");
  CHECK(people_of("From: bob@x.example\nReply-To: R <r@x.example>, s@x.example\nTo: ada@example.org") ==
        "r@x.example s@x.example");
  CHECK(people_of("From: bob@x.example, carl@x.example\nTo: ada@example.org") == "bob@x.example carl@x.example");
}

TEST_CASE("a reply to all reaches everybody once, but not oneself") {
  CHECK(people_of("From: Bob <bob@x.example>\nTo: Ada <ADA@Example.org>, C <c@x.example>, BOB@x.example\n"
                  "Cc: berg@EXAMPLE.com, d@x.example, C@X.example, ada+news@example.org",
                  true) == "bob@x.example | c@x.example d@x.example");
  // Another's address that only begins like one's own is another's.
  CHECK(people_of("From: bob@x.example\nTo: ada@example.org, ada@example.org.evil.example, adam@example.org", true) ==
        "bob@x.example | ada@example.org.evil.example adam@example.org");
  CHECK(people_of("From: bob@x.example\nReply-To: list@x.example\nTo: list@x.example\nCc: ada@example.org", true) ==
        "list@x.example");
}

TEST_CASE("the sender's chosen address counts as his own, known or not") {
  auto how = request(true);
  how.from.email = "third@example.net";
  CHECK(people(reply_to("From: bob@x.example\nTo: third@example.net, c@x.example\n\nx\n", how)) ==
        "bob@x.example | c@x.example");
}

TEST_CASE("a reply to one's own message goes to those it went to") {
  const std::string sent = "From: ada@example.org\nTo: b@x.example, berg@example.com\nCc: c@x.example";
  CHECK(people_of(sent) == "b@x.example");
  CHECK(people_of(sent, true) == "b@x.example | c@x.example");
  CHECK(people_of("From: Berg@example.com\nReply-To: ada@example.org\nTo: b@x.example") == "b@x.example");
  // To oneself, it stays there.
  CHECK(people_of("From: ada@example.org\nTo: ada@example.org") == "ada@example.org");
  CHECK(people_of("From: ada@example.org\nTo: ada@example.org\nCc: c@x.example") == "c@x.example");
}

TEST_CASE("a form that writes in one's own name is answered to the visitor") {
  CHECK(people_of("From: ada@example.org\nReply-To: visitor@x.example\nTo: ada@example.org") == "visitor@x.example");
}

TEST_CASE("people who cannot be written to are told, and do not stop the reply") {
  const auto answer = reply_to(
      "From: bob@x.example\nTo: undisclosed-recipients:;\nCc: J <j@gr\xC3\xB6\xC3\x9F.example>, nobody, \"\" <>\n\nx\n",
      request(true));
  CHECK(people(answer) == "bob@x.example");
  REQUIRE(answer.left_out.size() == 2);
  CHECK(answer.left_out[0] == Address{"J", "j@größ.example"});
  CHECK(answer.left_out[1].email == "nobody");
  CHECK(people_of("Subject: no sender at all") == "");
}

TEST_CASE("a subject gets one Re:, whatever stood there") {
  CHECK(reply_subject("Hello") == "Re: Hello");
  for (const auto* subject : {"Re: Hello", "RE:Hello", "re : Hello", "AW: Re: Hello", "Sv: Antw: Hello", "Re[2]: Hello",
                              "  Re:  Re: Hello ", "回复：Hello"}) {
    CAPTURE(subject);
    CHECK(reply_subject(subject) == "Re: Hello");
  }
  CHECK(reply_subject("Fwd: Hello") == "Re: Fwd: Hello");
  CHECK(reply_subject("Reading: x") == "Re: Reading: x");
  CHECK(reply_subject("Research") == "Re: Research");
  CHECK(reply_subject("Re") == "Re: Re");
  CHECK(reply_subject("") == "Re:");
  CHECK(reply_subject("Re:") == "Re:");
  CHECK(reply_subject("a\r\nBcc: b") == "Re: a  Bcc: b");
  CHECK(forward_subject("Hello") == "Fwd: Hello");
  CHECK(forward_subject("FW: Fwd: WG: Hello") == "Fwd: Hello");
  CHECK(forward_subject("Re: Hello") == "Fwd: Re: Hello");
}

TEST_CASE("a reply stands in its thread") {
  const auto ids = [](const std::string& header) {
    const auto draft = reply_to("From: b@x.example\n" + header + "\n\nx\n", request()).draft;
    std::string out = draft.in_reply_to + ":";
    for (const auto& id : draft.references) out += " " + id;
    return out;
  };
  CHECK(ids("Message-ID: <3@x>\nReferences: <1@x>\n <2@x>\nIn-Reply-To: <2@x>") == "<3@x>: <1@x> <2@x> <3@x>");
  CHECK(ids("Message-ID: <3@x>\nIn-Reply-To: <2@x>") == "<3@x>: <2@x> <3@x>");
  CHECK(ids("Message-ID: <3@x>\nIn-Reply-To: <2@x> <1@x>") == "<3@x>: <3@x>");
  CHECK(ids("Message-ID: <3@x>\nReferences: <1@x> <3@x> <1@x>") == "<3@x>: <1@x> <3@x>");
  CHECK(ids("References: <1@x>") == ": <1@x>");
  CHECK(ids("Subject: x") == ":");
  // Ids of programs that do not know the rules; those that cannot be written are left out.
  CHECK(ids("Message-ID: <noatsign>\nReferences: <gr\xC3\xB6@x> <1@x>") == "<noatsign>: <1@x> <noatsign>");
}

TEST_CASE("a long thread keeps its first message and the newest") {
  std::string header = "From: b@x.example\nMessage-ID: <last@x>\nReferences:";
  for (int i = 0; i < 150; ++i) header += "\n <" + std::to_string(i) + "@x>";
  const auto references = reply_to(header + "\n\nx\n", request()).draft.references;
  REQUIRE(references.size() == 40);
  CHECK(references.front() == "<0@x>");
  CHECK(references[1] == "<112@x>");
  CHECK(references[38] == "<149@x>");
  CHECK(references.back() == "<last@x>");
}

TEST_CASE("the original is quoted below what was written") {
  const std::string raw =
      "From: Bob <bob@x.example>\nDate: Mon, 23 Nov 2026 10:00:00 +0000\n\nfirst line\n\n> older\nFrom here\n";
  const auto date = to_local_date(*from_rfc3339("2026-11-23T10:00:00Z"));
  const auto quote = "On " + date + ", Bob wrote:\n> first line\n>\n>> older\n> From here\n";
  CHECK(quoted_text(original(raw).message) == quote);
  auto how = request();
  const auto draft = reply_to(raw, how).draft;
  CHECK(*draft.text == "My answer.\n\n" + quote);
  CHECK_FALSE(draft.html);
  CHECK(arrived(draft).body_text == *draft.text);
  how.quote = false;
  CHECK(*reply_to(raw, how).draft.text == "My answer.\n");
  how.quote = true;
  how.written = {};
  CHECK(*reply_to(raw, how).draft.text == quote);
  CHECK(quoted_text(original("From: bob@x.example\n\nx\n").message) == "bob@x.example wrote:\n> x\n");
  CHECK(quoted_text(original("Subject: x\n\n \n\n").message).empty());
}

TEST_CASE("HTML is answered in HTML, with the quote below and the images it shows") {
  const std::string raw =
      "From: Bob <bob@x.example>\nContent-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html; "
      "charset=utf-8\n\n<html><body><p>See <img src=\"cid:i%401\"> here &amp; there</p></body></html>\n--r\n"
      "Content-Type: image/png; name=a.png\nContent-ID: <i@1>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--r\n"
      "Content-Type: image/png; name=b.png\nContent-ID: <unused@1>\n\nxx\n--r\n"
      "Content-Type: application/pdf; name=c.pdf\nContent-Disposition: attachment\n\nxx\n--r--\n";
  auto how = request();
  how.written.text = "1 < 2\n  indented\n";
  auto draft = reply_to(raw, how).draft;
  REQUIRE(draft.html);
  CHECK(draft.html->starts_with("<div>1 &lt; 2<br>\n&nbsp; indented</div>\n<br>\n<div>Bob wrote:</div>\n<blockquote "));
  CHECK(has(*draft.html, "<p>See <img src=\"cid:i%401\"> here &amp; there</p>\n</blockquote>"));
  CHECK(has(*draft.text, "1 < 2\n  indented\n\nBob wrote:\n> See here & there\n"));
  const auto message = arrived(draft);
  REQUIRE(message.attachments.size() == 1);
  CHECK(message.attachments[0].name == "a.png");
  CHECK(message.attachments[0].content_id == "i@1");
  CHECK(message.attachments[0].is_inline);
  CHECK(message.attachments[0].size == 8);

  how.written = {std::nullopt, "<html><body><p>Mine</p></BODY></html>"};
  draft = reply_to(raw, how).draft;
  CHECK(draft.html->starts_with("<html><body><p>Mine</p>\n<br>\n<div>Bob wrote:</div>"));
  CHECK(draft.html->ends_with("</blockquote>\n</BODY></html>"));
  CHECK(draft.text->starts_with("Mine\n\nBob wrote:\n> "));

  how = request();
  how.quote_html = false;
  draft = reply_to(raw, how).draft;
  CHECK_FALSE(draft.html);
  CHECK(draft.attachments.empty());
  how.written.html = "<p>Mine</p>";
  draft = reply_to(raw, how).draft;
  CHECK(has(*draft.html, "<div>See here &amp; there</div>\n</blockquote>"));
  how = request();
  how.quote = false;
  draft = reply_to(raw, how).draft;
  CHECK_FALSE(draft.html);
  CHECK(draft.attachments.empty());
}

TEST_CASE("HTML written to somebody who wrote plain text quotes that text") {
  auto how = request();
  how.written = {"Mine", "<p>Mine</p>"};
  const auto draft = reply_to("From: b@x.example\n\n<b>no tag</b>\n", how).draft;
  CHECK(has(*draft.html, "&lt;b&gt;no tag&lt;/b&gt;</div>\n</blockquote>"));
  CHECK(draft.text->starts_with("Mine\n\nb@x.example wrote:\n> <b>"));
}

TEST_CASE("quoted HTML can neither leave the quote nor act") {
  const auto quote = [](const std::string& html) {
    const auto draft =
        reply_to("From: b@x.example\nContent-Type: text/html; charset=utf-8\n\n" + html + "\n", request()).draft;
    REQUIRE(draft.html);
    const auto begin = draft.html->find(">\n", draft.html->find("<blockquote")) + 2;
    const auto end = draft.html->rfind("\n</blockquote>\n");
    REQUIRE(begin < end);
    auto inner = draft.html->substr(begin, end - begin);
    while (inner.ends_with('\n')) inner.pop_back();
    return inner;
  };
  CHECK(quote("x</blockquote></div></body>y") == "xy");
  CHECK(quote("a <b>b <i>c") == "a <b>b <i>c\n</i></b>");
  CHECK(quote("a<script>alert(1)</script><style>p{display:none}</style><title>t</title>b") == "ab");
  CHECK(quote("a<!-- hidden -->b<![if mso]>c<!DOCTYPE x>") == "abc");
  CHECK(quote("a<!-- never closed <p>b") == "a");
  CHECK(quote("<p onclick=\"x()\" title='\"q\"' class=c id=d>a</p>") == "<p title=\"&quot;q&quot;\" class=\"c\">a</p>");
  CHECK(quote("<form action=x><input name=y>a<button>b</button></form>") == "ab");
  CHECK(quote("<iframe src=x>a</iframe><svg><script>x</script></svg>b") == "b");
  CHECK(quote("<textarea></blockquote></textarea>b") == "b");
  for (const auto* bad : {"javascript:x()", " JavaScript:x", "java&#115;cript:x", "javascript&colon;x", "vbscript:x",
                          "data:text/html,x", "java\tscript:x"}) {
    CHECK(quote(std::string("<a href=\"") + bad + "\">a</a>") == "<a>a</a>");
  }
  CHECK(quote("<a href=https://x.example/?a=1&b=2>a</a>") == "<a href=\"https://x.example/?a=1&b=2\">a</a>");
  CHECK(quote("<img src=\"data:image/png;base64,xx\">") == "<img src=\"data:image/png;base64,xx\">");
  CHECK(quote("<a href=\"data:image/png;base64,xx\">a</a>") == "<a>a</a>");
  for (const auto* bad :
       {"position: fixed; top:0", "p\\6fsition:fixed", "POSITION:/**/absolute", "width:expression(x)"}) {
    CHECK(quote(std::string("<p style=\"") + bad + "\">a</p>") == "<p>a</p>");
  }
  CHECK(quote("<p style=\"color:red; position:relative\">a") == "<p style=\"color:red; position:relative\">a\n</p>");
  CHECK(quote("a < b, <3 & c") == "a &lt; b, &lt;3 & c");
}

TEST_CASE("quoted HTML keeps its lists, tables and paragraphs apart") {
  const auto quote = [](const std::string& html) {
    const auto draft = reply_to("From: b@x.example\nContent-Type: text/html\n\n" + html, request()).draft;
    return *draft.html;
  };
  CHECK(has(quote("<p>a<p>b"), "<p>a</p><p>b</p>"));
  CHECK(has(quote("<ul><li>a<li>b<ul><li>c</ul></ul>"), "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"));
  CHECK(has(quote("<table><tr><td>a<td>b<tr><td>c</table>"),
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>"));
  CHECK(has(quote("<table><tr><td><table><tr><td>a</td></tr></table>b</td></tr></table>c"),
            "<table><tr><td><table><tr><td>a</td></tr></table>b</td></tr></table>c"));
  std::string deep;
  for (int i = 0; i < 5'000; ++i) deep += "<div>";
  const auto tamed = quote(deep + "bottom");
  CHECK(has(tamed, "bottom"));
  CHECK(tamed.size() < 20'000);
}

TEST_CASE("attack 66: an original full of traps gives a reply that can be sent") {
  const std::string raw =
      "From: =?utf-8?B?RXZlDQpCY2M6IG1lQHguZXhhbXBsZQ==?= <eve@x.example>\n"
      "Subject: =?utf-8?q?Hi=0D=0ABcc:_me@x.example=E2=80=A8?=\n"
      "Message-ID: <a@b\xE2\x80\xA8>\nReferences: <x\x0B@y> <ok@y>\n"
      "Cc: =?utf-8?q?=C2=85?= <c@x.example>\n\nbody\n";
  auto draft = reply_to(raw, request(true)).draft;
  draft.message_id = "<n@example.org>";
  const auto text = written(draft);
  CHECK(text.find("\r\nBcc:") == std::string::npos);
  CHECK(read_message(text).bcc.empty());
  CHECK(draft.to.front().name == "Eve  Bcc: me@x.example");
}

TEST_CASE("the answering identity is the one the message was sent to") {
  const Address identities[] = {{"A", "a@me.example"}, {"B", "b@me.example"}, {"T", "a+tag@me.example"}};
  const auto chosen = [&](const std::string& header) {
    const auto found = choose_identity(original(header + "\n\nx\n").message, identities);
    return found ? static_cast<int>(*found) : -1;
  };
  CHECK(chosen("From: x@x.example\nTo: x@x.example, B@ME.example") == 1);
  CHECK(chosen("From: x@x.example\nTo: b@me.example\nCc: a@me.example") == 1);
  CHECK(chosen("From: x@x.example\nTo: l@x.example\nCc: b@me.example") == 1);
  CHECK(chosen("Delivered-To: b@me.example\nFrom: x@x.example\nTo: l@x.example") == 1);
  CHECK(chosen("X-Original-To: <b@me.example>\nFrom: x@x.example\nTo: a@me.example") == 0);
  CHECK(chosen("From: x@x.example\nTo: a+tag@me.example") == 2);
  CHECK(chosen("From: x@x.example\nTo: b+other@me.example") == 1);
  CHECK(chosen("From: b@me.example\nTo: x@x.example\nCc: a@me.example") == 1);
  CHECK(chosen("From: x@x.example\nTo: nobody@x.example") == -1);
  CHECK(choose_identity(original("To: a@x.example\n\nx\n").message, {}) == std::nullopt);
}
