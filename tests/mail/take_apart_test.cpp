// A finished message in parts, as they are found again.
#include "core/mail/take_apart.h"

#include <doctest/doctest.h>

#include "core/mail/carried_parts.h"

using namespace mailmgr;

namespace {

// Whose header is larger than what is read of received mail.
std::string with_long_header() {
  std::string raw = "From: a@x.example\r\nSubject: Long\r\n";
  while (raw.size() < 400'000) raw += "X-Filler: " + std::string(900, 'x') + "\r\n";
  return raw +
         "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
         "Text.\r\n--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment; filename=a.csv\r\n\r\n"
         "one,two\r\n--b--\r\n";
}

}  // namespace

TEST_CASE("an attachment below a long header is found again, and not sent empty") {
  const Blob mime(with_long_header());
  const auto message = take_apart(mime, 1 << 20);
  REQUIRE(message);
  REQUIRE(message->attachments.size() == 1);
  std::string content;
  REQUIRE(each_attachment(mime, *message, [&](const Attachment&, OutgoingAttachment part) {
    content = *part.content.bytes();
    return Status();
  }));
  CHECK(content == "one,two");
}

TEST_CASE("a part that is not there is an error, and no empty file") {
  Attachment missing;
  missing.part = "7";
  missing.name = "a.csv";
  const auto parts = mail::carry_parts(Blob(with_long_header()), {missing});
  REQUIRE_FALSE(parts);
  CHECK(parts.error().message.find("a.csv") != std::string::npos);
}
