#include <doctest/doctest.h>

#include <string>

#include "core/mail/compose.h"
#include "core/mail/parse.h"
#include "tests/mail/mail_checks.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

// The type under which such a file goes out.
std::string type_of(const std::string& name, const std::string& content) {
  Draft draft;
  draft.from = {"", "ada@example.org"};
  draft.to = {{"", "bob@example.org"}};
  draft.message_id = "<m@example.org>";
  draft.attachments.push_back({name, "", Blob(content)});
  const auto raw = compose(draft);
  REQUIRE(raw);
  const auto message = parse_message(*raw);
  REQUIRE(message);
  REQUIRE(message->attachments.size() == 1);
  return message->attachments[0].type;
}

std::string zip_entry(const std::string& name, const std::string& content = "") {
  std::string head = "PK\x03\x04";
  head.resize(26, '\0');
  head += static_cast<char>(name.size());
  head.resize(30, '\0');
  return head + name + content;
}

}  // namespace

TEST_CASE("the name of a file says its type, whatever is in it") {
  CHECK(type_of("a.PDF", "text") == "application/pdf");
  CHECK(type_of("photo.jpeg", "%PDF-1.4") == "image/jpeg");
}

TEST_CASE("where the name says nothing the content does") {
  CHECK(type_of("report", "%PDF-1.7\n") == "application/pdf");
  CHECK(type_of("", "\x89PNG\r\n\x1A\n....") == "image/png");
  CHECK(type_of("x.unknown", "\xFF\xD8\xFF\xE0") == "image/jpeg");
  CHECK(type_of("x", "GIF89a") == "image/gif");
  CHECK(type_of("x", "\x1F\x8B\x08") == "application/gzip");
  CHECK(type_of("x", zip_entry("a.txt")) == "application/zip");
  CHECK(type_of("x", zip_entry("[Content_Types].xml", "<x/>") + zip_entry("word/document.xml")) ==
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
  CHECK(type_of("x", zip_entry("[Content_Types].xml") + zip_entry("xl/workbook.xml")) ==
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  CHECK(type_of("x", zip_entry("_rels/.rels") + zip_entry("ppt/presentation.xml")) ==
        "application/vnd.openxmlformats-officedocument.presentationml.presentation");
  CHECK(type_of("x", zip_entry("mimetype", "application/vnd.oasis.opendocument.text") + zip_entry("content.xml")) ==
        "application/vnd.oasis.opendocument.text");
  // The type in an archive is anybody's word.
  CHECK(type_of("x", zip_entry("mimetype", "application/x\r\nBcc: a@b")) == "application/x");
  CHECK(type_of("x", zip_entry("mimetype", "application/")) == "application/zip");
}

TEST_CASE("text is UTF-8 to its end, or it is no text") {
  CHECK(type_of("README", "größe\n日本\n") == "text/plain");
  CHECK(type_of("README",
                "gr\xF6\xDF"
                "e\n") == "application/octet-stream");
  CHECK(type_of("x", std::string("a\0b", 3)) == "application/octet-stream");
  CHECK(type_of("x", "") == "application/octet-stream");
  CHECK(type_of("x", "ends inside a character \xE6\x97") == "application/octet-stream");
  // Characters lie across the pieces in which content is read.
  std::string large = "x";
  while (large.size() < 600'000) large += "日本🍜";
  CHECK(type_of("x", large) == "text/plain");
  CHECK(type_of("x", large + '\xFF') == "application/octet-stream");
}
