// Random drafts, composed and parsed again, must come back as they were. MAILMGR_TEST_COUNT drafts are tried (default
// 300), from the seed MAILMGR_TEST_SEED (default 1), which a failure prints.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <string>

#include "core/mail/compose.h"
#include "core/mail/parse.h"
#include "tests/support/test_count.h"

using namespace mailmgr;

namespace {

unsigned test_seed() {
  const char* value = std::getenv("MAILMGR_TEST_SEED");
  return value ? static_cast<unsigned>(std::strtoul(value, nullptr, 10)) : 1;
}

class Maker {
 public:
  explicit Maker(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t bound) { return engine_() % bound; }

  // Text of one line from pieces that have made trouble for mail programs.
  std::string line(std::size_t max_pieces) {
    static const char* const kPieces[] = {
        "word",
        "Größe",
        "日本",
        "🍜",
        "=?utf-8?q?x?=",
        "=",
        "?=",
        "_",
        "\"",
        "\\",
        ",",
        ";",
        ":",
        "<",
        ">",
        "(",
        ")",
        "@",
        ".",
        "'",
        "%41",
        "*",
        "a b",
        "é",
        "ﬁ",
        "x-y",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    std::string out;
    for (auto n = below(max_pieces + 1); n > 0; --n) {
      if (!out.empty() && below(2) == 0) out += below(8) == 0 ? "  " : " ";
      out += kPieces[below(std::size(kPieces))];
    }
    return out;
  }

  std::string text() {
    std::string out;
    for (auto n = below(20); n > 0; --n) {
      static const char* const kStarts[] = {"", "", "", "From ", "> ", ".", "--", " ", "\t", "=20"};
      out += kStarts[below(std::size(kStarts))];
      out += line(30) + (below(10) == 0 ? " \n" : "\n");
    }
    return out + "end\n";
  }

  std::string bytes() {
    std::string out(below(3'000), '\0');
    for (auto& c : out) c = static_cast<char>(engine_());
    return out;
  }

  Address address() {
    static const char* const kLocals[] = {"ada", "a.b", "x+y", "\"odd one\"", "o'neil", "1-2_3"};
    return {below(3) == 0 ? std::string() : trimmed(line(6)),
            std::string(kLocals[below(std::size(kLocals))]) + "@example" + std::to_string(below(100)) + ".org"};
  }

  std::vector<Address> addresses(std::size_t least) {
    std::vector<Address> out;
    for (auto n = least + below(5); n > 0; --n) out.push_back(address());
    return out;
  }

  Draft draft() {
    Draft draft;
    draft.from = address();
    draft.to = addresses(1);
    draft.cc = addresses(0);
    draft.bcc = addresses(0);
    draft.subject = trimmed(line(40));
    draft.text = text();
    if (below(3) == 0) draft.html = "<p>" + std::to_string(below(1000)) + "</p>";
    for (auto n = below(3); n > 0; --n) draft.attachments.push_back({line(8), "", Blob(bytes())});
    for (auto n = below(30); n > 0; --n) draft.references.push_back("<" + std::to_string(engine_()) + "@example.org>");
    draft.message_id = make_message_id(std::to_string(engine_()), draft.from.email);
    draft.date = from_unix_seconds(static_cast<std::int64_t>(below(4'000'000'000)));
    return draft;
  }

 private:
  static std::string trimmed(std::string text) {
    while (text.ends_with(' ')) text.pop_back();
    return text;
  }

  std::mt19937 engine_;
};

void check_attachments(const Draft& draft, const Blob& raw, const ParsedMessage& message) {
  REQUIRE(message.attachments.size() == draft.attachments.size());
  for (std::size_t i = 0; i < draft.attachments.size(); ++i) {
    CHECK(message.attachments[i].name == draft.attachments[i].name);
    std::string content;
    REQUIRE(read_part(raw, message.attachments[i].part, [&](std::string_view bytes) {
      content += bytes;
      return true;
    }));
    CHECK(content == *draft.attachments[i].content.bytes());
  }
}

}  // namespace

TEST_CASE("what is composed is what is parsed") {
  const auto count = static_cast<unsigned>(test::test_count(300, 3000));
  const auto seed = test_seed();
  CAPTURE(seed);
  Maker maker(seed);
  for (unsigned i = 0; i < count; ++i) {
    CAPTURE(i);
    const auto draft = maker.draft();
    const auto raw = compose(draft);
    REQUIRE_MESSAGE(raw, raw.error().message);
    const auto message = parse_message(*raw);
    REQUIRE(message);
    CHECK(message->damage == "");
    CHECK(message->from == std::vector<Address>{draft.from});
    CHECK(message->to == draft.to);
    CHECK(message->cc == draft.cc);
    CHECK(message->bcc == draft.bcc);
    CHECK(message->subject == draft.subject);
    CHECK(message->references == draft.references);
    CHECK(message->message_id == draft.message_id);
    CHECK(message->date == draft.date);
    CHECK(message->body_text == *draft.text);
    check_attachments(draft, *raw, *message);
  }
}
