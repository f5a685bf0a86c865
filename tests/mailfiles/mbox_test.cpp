// mbox: any bytes come back as they were.
#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "core/mailfiles/mbox_text.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using mailmgr::test::test_count;

namespace {

const Time kReceived = from_rfc3339("2026-11-02T10:00:00Z").value();

std::string mbox_of(const std::vector<std::string>& messages, const std::string& sender = "ada@example.org") {
  std::string text;
  for (const auto& message : messages) {
    REQUIRE(write_mbox_message(Blob(message), sender, kReceived, [&](std::string_view bytes) {
      text += bytes;
      return true;
    }));
  }
  return text;
}

// Fed in pieces of so many bytes.
std::vector<std::string> messages_of(const std::string& text, std::size_t piece) {
  std::vector<std::string> messages;
  MboxReader reader([&](const Blob& content, std::string_view) {
    messages.push_back(content.bytes().value());
    return true;
  });
  for (std::size_t at = 0; at < text.size(); at += piece) {
    REQUIRE(reader.feed(std::string_view(text).substr(at, piece)).value());
  }
  REQUIRE(reader.finish().value());
  return messages;
}

}  // namespace

TEST_CASE("an mbox gives back the very bytes of hostile messages, however the file is read") {
  const std::vector<std::string> messages{
      "",
      "\n",
      "\r\n",
      "\r",
      "a",
      "Subject: x\r\n\r\nFrom me to you\r\n>From\r\n>From you\r\n>>From both\r\n",
      "From here on 10:00:00\n\nFrom there on 11:00:00\n",
      "no end\r\n\r\nFrom",
      "no end\n\nFrom x 10:00:00",
      "ends empty\n\n\n",
      "ends empty\r\n\r\n",
      "ends odd\n\r",
      "ends odd\r\n\r",
      "\rFrom x 10:00:00\r",
      std::string("zero\0byte\nFrom \0\n", 17),
      std::string(3000, '>') + "From far away\n",
      std::string(3000, '>'),
      "\n" + std::string(70000, 'x') + "From\n",
  };
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1} << 20}) {
    CAPTURE(piece);
    CHECK(messages_of(mbox_of(messages), piece) == messages);
    for (const auto& message : messages) CHECK(messages_of(mbox_of({message}), piece) == std::vector{message});
  }
}

TEST_CASE("an mbox of random pieces comes back as it was") {
  std::mt19937 random(7);
  const std::vector<std::string> pieces{"From ", ">", "\n", "\r\n", "\r", "x", "10:00:00", "From a 10:00:00 2026", " "};
  for (int round = 0; round < test_count(300, 20000); ++round) {
    std::vector<std::string> messages(1 + random() % 4);
    for (auto& message : messages) {
      for (auto left = random() % 12; left > 0; --left) message += pieces[random() % pieces.size()];
    }
    CAPTURE(round);
    CHECK(messages_of(mbox_of(messages), 1 + random() % 20) == messages);
  }
}

TEST_CASE("others' mbox files are read: CR LF, nothing quoted, no empty line at the end") {
  CHECK(messages_of(
            "From a Mon Nov  2 10:00:00 2026\r\nA: 1\r\n\r\nx\r\n\r\nFrom b Mon Nov  2 10:00:00 2026\r\nB: 1\r\n", 5) ==
        std::vector<std::string>{"A: 1\r\n\r\nx\r\n", "B: 1\r\n"});
  CHECK(messages_of("From a Mon Nov  2 10:00:00 2026\nA: 1\n\nFrom what I hear\n\nFrom b@c 10:00 2026\nB: 1\n\n", 3) ==
        std::vector<std::string>{"A: 1\n\nFrom what I hear\n", "B: 1\n"});
  CHECK(messages_of("no mbox at all\n", 3).empty());
}

TEST_CASE("the separator tells who and when, in one line whatever the sender is called") {
  const auto text = mbox_of({"A: 1\n"});
  CHECK(text == "From ada@example.org Mon Nov  2 10:00:00 2026\nA: 1\n\n");
  CHECK(mbox_received("From ada@example.org Mon Nov  2 10:00:00 2026") == kReceived);
  CHECK_FALSE(mbox_received("From ada@example.org Mon Nov 32 10:00:00 2026"));
  CHECK_FALSE(mbox_received("From x"));
  std::string hostile;
  REQUIRE(write_mbox_message(Blob("A: 1\n"), "a@b\nFrom c", kReceived, [&](std::string_view bytes) {
    hostile += bytes;
    return true;
  }));
  CHECK(hostile.starts_with("From MAILER-DAEMON Mon "));
}

TEST_CASE("a sender whose address begins like the word for no line's end takes none away") {
  const std::vector<std::string> messages{"A: 1\n\nends empty\n\n", "A: 2\n", "no end"};
  const std::string sender = "no-final-newline@example.org";
  const auto text = mbox_of(messages, sender);
  CHECK(text.starts_with("From no-final-newline@example.org Mon "));
  CHECK(text.find("\nFrom no-final-newline Mon ") != text.npos);
  CHECK(messages_of(text, 7) == messages);
  for (const auto& message : messages) CHECK(messages_of(mbox_of({message}, sender), 1) == std::vector{message});
}
