// A message as text in an editor, there and back.
#include "core/mail/draft_text.h"

#include <doctest/doctest.h>

namespace mailmgr {
namespace {

DraftText parsed(std::string_view text) {
  auto draft = parse_draft_text(text);
  REQUIRE_MESSAGE(draft, draft.error().message);
  return *std::move(draft);
}

TEST_CASE("a draft comes back out of its text as it went in") {
  DraftText draft;
  draft.from = {{"Ada B\u00e9rg", "ada@example.org"}};
  draft.to = {{"", "bob@example.org"}, {"Dora, the third", "dora@example.org"}};
  draft.bcc = {{"", "carl@example.org"}};
  draft.subject = "Re: an answer: \u00fcber alles";
  draft.attach = {"/home/ada/a file.pdf", "b.txt"};
  draft.headers = {{"X-Order", "7: urgent"}, {"List-Id", "orders"}};
  draft.body = "First\n\nTo: not a header\n  indented\n";
  const auto again = parsed(to_text(draft));
  CHECK(again.from == draft.from);
  CHECK(again.to == draft.to);
  CHECK(again.cc.empty());
  CHECK(again.bcc == draft.bcc);
  CHECK(again.subject == draft.subject);
  CHECK(again.attach == draft.attach);
  CHECK(again.headers == draft.headers);
  CHECK(again.body == draft.body);
}

TEST_CASE("a subject that holds line breaks cannot add a header line") {
  DraftText draft;
  draft.subject = "one\r\nBcc: evil@example.org\n\nbody";
  const auto again = parsed(to_text(draft));
  CHECK(again.bcc.empty());
  CHECK(again.body.empty());
}

TEST_CASE("header lines may be continued, empty, repeated and in any case") {
  const auto draft =
      parsed("to: a@example.org,\n  b@example.org\nTO: c@example.org\ncc:\nsubject: one\n two\r\n\r\nText\r\n");
  CHECK(draft.to.size() == 3);
  CHECK(draft.subject == "one two");
  CHECK(draft.body == "Text\n");
}

TEST_CASE("what is no draft is refused, naming the line") {
  const auto refused = [](std::string_view text) {
    const auto draft = parse_draft_text(text);
    REQUIRE_FALSE(draft);
    CHECK(draft.error().code == Code::usage);
    return draft.error().message;
  };
  CHECK(refused("To: a@example.org\nHello there\n\n").find("line 2") != std::string::npos);
  CHECK(refused("To: a@@b\n\n").find("line 1") != std::string::npos);
  CHECK(refused("To: a@example.org\nHeader: Bcc: b@example.org\n\n").find("line 2") != std::string::npos);
  CHECK(refused("Header: none\n\n").find("line 1") != std::string::npos);
  CHECK(refused("X-Other: 1\n\n").find("X-Other") != std::string::npos);
  CHECK(refused("From: a@example.org, b@example.org\n\n").find("one address") != std::string::npos);
  CHECK(refused("To: \xff\n\n").find("UTF-8") != std::string::npos);
}

TEST_CASE("what ties an answer to its original comes first, and comes back") {
  DraftText draft;
  draft.subject = "Re: Round";
  draft.tie = {"<a@example.org>", {"<z@example.org>", "<a@example.org>"}, "thread-7", "Round\nBcc: evil@example.org"};
  const auto text = to_text(draft);
  const auto tie = tie_of(text);
  CHECK(text.substr(tie.size()).starts_with("From:"));
  const auto again = parsed(text);
  CHECK(again.bcc.empty());
  CHECK(again.tie.in_reply_to == draft.tie.in_reply_to);
  CHECK(again.tie.references == draft.tie.references);
  CHECK(again.tie.thread == "thread-7");
  CHECK(tie_of("To: a@example.org\nReferences: <x@y>\n\n").empty());
  CHECK_FALSE(parse_draft_text("In-Reply-To: nonsense\n\n"));
}

}  // namespace
}  // namespace mailmgr
