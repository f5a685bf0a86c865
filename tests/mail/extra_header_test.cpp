#include "core/mail/extra_header.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

std::string refused_header(std::string_view text) {
  const auto header = parse_extra_header(text);
  REQUIRE_FALSE(header);
  CHECK(header.error().code == Code::usage);
  return header.error().message;
}

}  // namespace

TEST_CASE("a header is read as name and value, without the blanks around the value") {
  const auto header = parse_extra_header("X-Ticket:  42: the answer \t");
  REQUIRE(header);
  CHECK(header->first == "X-Ticket");
  CHECK(header->second == "42: the answer");
  CHECK(parse_extra_header("List-Unsubscribe: <mailto:u@example.org>"));
  CHECK(parse_extra_header("X-Empty:")->second.empty());
  CHECK(parse_extra_header("X-Größe: x").error().code == Code::usage);
  CHECK(parse_extra_header("Importance: hoch, größer")->second == "hoch, größer");
}

TEST_CASE("fields that the composer writes are refused, in any case") {
  for (const auto* name :
       {"From", "sender", "To", "CC", "Bcc", "Reply-To", "Subject", "Date", "Message-ID", "message-id", "In-Reply-To",
        "References", "MIME-Version", "Content-Type", "content-anything"}) {
    CHECK(has(refused_header(std::string(name) + ": x"),
              std::string("--header ") + name + ": mailmgr writes this field"));
  }
}

TEST_CASE("fields that mail servers write are refused") {
  for (const auto* name : {"Received", "Return-Path", "DKIM-Signature", "ARC-Seal", "Authentication-Results",
                           "Delivered-To", "Resent-From", "Resent-Bcc", "received-spf"}) {
    CHECK(has(refused_header(std::string(name) + ": x"), "only mail servers write this field"));
  }
}

TEST_CASE("what is no header is refused") {
  for (const auto* text : {"no colon", ": value", "X Y: value", "X\r\nBcc: a@example.org", "X-Tab\t: x"}) {
    CHECK(has(refused_header(text), "writing the message, --header"));
  }
  CHECK(has(refused_header(std::string(77, 'x') + ": y"), "--header"));
  for (const auto* value : {"a\r\nBcc: b@example.org", "a\nb", "a\u2028b", "a\u0085b", "a\x1B[1m"}) {
    CHECK(has(refused_header(std::string("X-A: ") + value), "line breaks and control characters"));
  }
  CHECK(has(refused_header(std::string("X-A: a\0b", 8)), "line breaks and control characters"));
  CHECK(has(refused_header("X-A: \xFF"), "not valid UTF-8"));
  CHECK(has(refused_header("X-A: " + std::string(70'000, 'x')), "longer than 64 KiB"));
}
