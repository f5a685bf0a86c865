#include <doctest/doctest.h>

#include "tests/sandbox/mime/headers.h"
#include "tests/sandbox/mime/parts.h"

using namespace mailmgr;
using namespace mailmgr::sandbox;

TEST_CASE("headers are unfolded, in order, and end at the empty line") {
  const std::string raw = "Subject: one\r\n two\r\nno field\r\nX-A:\tb \r\nSubject: second\r\n\r\nFrom: body\r\n";
  const auto headers = mime::scan_headers(raw);
  CHECK(headers == HeaderList{{"Subject", "one two"}, {"X-A", "b"}, {"Subject", "second"}});
  CHECK(mime::find_header(headers, "SUBJECT") == "one two");
  CHECK(raw.substr(mime::body_offset(raw)) == "From: body\r\n");
  CHECK(mime::scan_headers("A: b\n\nC: d\n").size() == 1);
  CHECK(mime::body_offset("A: b") == 4);
  CHECK(mime::scan_headers("From x@y Mon\nA: b\n\n").size() == 1);
}

TEST_CASE("encoded words and raw UTF-8 are decoded, other bytes never make invalid UTF-8") {
  CHECK(mime::decode_header("=?iso-8859-1?q?K=F6ln?=") == "Köln");
  CHECK(mime::decode_header("Köln") == "Köln");
  CHECK(mime::decode_header("plain = text") == "plain = text");
  CHECK(mime::decode_header("\xff\xfe").find('\xff') == std::string::npos);
}

TEST_CASE("addresses come with decoded names, out of groups too") {
  const auto list = mime::parse_addresses("=?utf-8?q?J=C3=BCrgen?= <j@x.org>, team: a@x.org, \"B, C\" <b@x.org>;");
  REQUIRE(list.size() == 3);
  CHECK(list[0].name == "Jürgen");
  CHECK(list[1].address == "a@x.org");
  CHECK(list[2].name == "B, C");
  CHECK(mime::parse_addresses("").empty());
}

TEST_CASE("dates go both ways") {
  const auto time = mime::parse_date_header("Mon, 05 Jan 2015 10:00:00 +0100");
  REQUIRE(time);
  CHECK(to_rfc3339(*time) == "2015-01-05T09:00:00Z");
  CHECK(mime::parse_date_header(mime::format_date_header(*time)) == time);
  CHECK(!mime::parse_date_header("sometime"));
}

TEST_CASE("a conversation's subjects are equal") {
  CHECK(mime::base_subject("Re: FWD:  Plan  B ") == mime::base_subject("plan b"));
  CHECK(mime::base_subject("Report") != mime::base_subject("port"));
}

TEST_CASE("replacing a header touches nothing else") {
  const std::string raw = "A: 1\r\nMessage-Id: <x>\r\n folded\r\nB: 2\r\n\r\nMessage-Id: body";
  CHECK(mime::replace_header(raw, "Message-ID", "<y>") == "A: 1\r\nMessage-Id: <y>\r\nB: 2\r\n\r\nMessage-Id: body");
  CHECK(mime::replace_header("A: 1\n\nx", "B", "2") == "B: 2\nA: 1\n\nx");
  CHECK(mime::remove_header(raw, "message-id") == "A: 1\r\nB: 2\r\n\r\nMessage-Id: body");
}

TEST_CASE("parts have ids by position and decoded contents") {
  const std::string raw =
      "Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\npreamble\r\n--x y\r\n\r\ntext\r\n--x y\r\n"
      "Content-Type: application/octet-stream; name*=utf-8''%C3%BC.bin\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-ID: <cid@x>\r\n\r\nAAEC\r\nAw==\r\n--x y\r\nContent-Type: message/rfc822\r\n\r\nSubject: "
      "inner\r\n\r\nhello\r\n--x y--\r\nepilogue";
  const auto root = mime::parse_parts(raw);
  REQUIRE(root.parts.size() == 3);
  CHECK(root.id.empty());
  CHECK(root.parts[0].body == "text");
  CHECK(root.parts[0].mime_type == "text/plain");
  CHECK(root.parts[1].filename == "ü.bin");
  CHECK(root.parts[1].body == std::string("\0\1\2\3", 4));
  CHECK(root.parts[1].content_id == "cid@x");
  CHECK(root.parts[2].body == "Subject: inner\r\n\r\nhello");
  CHECK(root.parts[2].parts.at(0).id == "2.0");
  CHECK(root.parts[2].is_attachment());
  CHECK(mime::flatten(root).size() == 5);
  CHECK(mime::plain_text(root) == "text");
}

TEST_CASE("text is converted to UTF-8 and HTML read without its tags") {
  const auto latin = mime::parse_parts(
      "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: "
      "quoted-printable\r\n\r\nK=F6ln=\r\n!");
  CHECK(mime::text_of(latin) == "Köln!");
  CHECK(mime::text_of(mime::parse_parts("Content-Type: text/plain; charset=nonsense\r\n\r\n\xff")) == "\xEF\xBF\xBD");
  CHECK(mime::strip_html("<head><style>x</style></head><p>a &amp; b&#39;s</p>").find("a & b's") != std::string::npos);
  CHECK(mime::strip_html("<p>a <unclosed").find('a') != std::string::npos);
}

TEST_CASE("bad MIME gives a tree all the same") {
  CHECK(mime::parse_parts("").parts.empty());
  CHECK(mime::parse_parts("Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\na").parts.empty());
  CHECK(mime::parse_parts("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nunclosed").parts.at(0).body ==
        "unclosed");
  CHECK(mime::parse_parts("Content-Type: ;;;\r\n\r\nx").mime_type.find('/') != std::string::npos);
  std::string nested;
  for (int i = 0; i < 200; ++i) {
    nested +=
        "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" + std::to_string(i) + "\r\n";
  }
  CHECK(mime::flatten(mime::parse_parts(nested)).size() < 100);
  std::string wide = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 100'000; ++i) {
    wide += "--b\r\n\r\nx\r\n";
  }
  CHECK(mime::flatten(mime::parse_parts(wide)).size() < 3000);
}
