// What several tests of this room do with messages.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/mail/compose.h"
#include "core/mail/parse.h"

namespace mailmgr::test {

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// A message that can be sent as it is.
inline Draft simple_draft() {
  Draft draft;
  draft.from = {"Ada Berg", "ada@example.org"};
  draft.to = {{"", "bob@example.org"}};
  draft.subject = "Hello";
  draft.text = "Hello Bob\n";
  draft.message_id = "<m1@example.org>";
  draft.date = *from_rfc3339("2026-11-23T09:05:07Z");
  return draft;
}

inline std::string written(const Draft& draft) {
  const auto blob = compose(draft);
  REQUIRE_MESSAGE(blob, blob.error().message);
  return *blob->bytes();
}

inline ParsedMessage read_message(const std::string& raw) {
  auto message = parse_message(Blob(raw));
  REQUIRE(message);
  return std::move(*message);
}

inline std::string part_content(const Blob& raw, std::string_view part) {
  std::string content;
  REQUIRE(read_part(raw, part, [&](std::string_view bytes) {
    content += bytes;
    return true;
  }));
  return content;
}

// CRLF everywhere, ASCII only, no line longer than RFC 5322 allows.
inline void check_lines(const std::string& raw) {
  std::size_t column = 0;
  bool good = raw.ends_with("\r\n");
  for (std::size_t i = 0; i < raw.size(); ++i) {
    const auto byte = static_cast<unsigned char>(raw[i]);
    good = good && byte < 0x80 && byte != 0;
    if (raw[i] == '\n') good = good && i > 0 && raw[i - 1] == '\r';
    if (raw[i] == '\r') good = good && i + 1 < raw.size() && raw[i + 1] == '\n';
    column = raw[i] == '\n' ? 0 : column + 1;
    good = good && column <= 999;  // with CR
  }
  CHECK(good);
}

}  // namespace mailmgr::test
