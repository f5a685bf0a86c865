// A finished message may bring a Message-ID that is in the mailbox already: what is older than the staged draft is no
// evidence for it, and another draft is not it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/providers/fixture.h"

using namespace mailmgr;

namespace {

constexpr ProviderKind kResenders[] = {ProviderKind::google, ProviderKind::microsoft};

std::string resent_text(SandboxMailbox& box, const std::string& marker) {
  return fmt::format(
      "From: {}\r\nTo: c@gmail.test\r\nSubject: Again\r\nMessage-ID: <again@example.org>\r\n{}"
      "Date: Sat, 31 Jan 2026 09:15:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhi\r\n",
      box.email, marker.empty() ? "" : "X-Mailmgr-Id: " + marker + "\r\n");
}

Outgoing resent(SandboxMailbox& box, const std::string& marker) {
  Outgoing mail{Blob(resent_text(box, marker)), "<again@example.org>", std::nullopt};
  mail.ordered = box.clock.now();
  return mail;
}

}  // namespace

TEST_CASE("a message that is older than the draft is no evidence, whatever its Message-ID") {
  for (const auto kind : kResenders) {
    for (const char* folder : {"sent", "inbox"}) {
      CAPTURE(to_string(kind));
      CAPTURE(std::string(folder));
      SandboxMailbox box(kind);
      box.deliver(resent_text(box, ""),
                  fmt::format(R"("folder":"{}","received":"{}")", folder, to_rfc3339(box.clock.now())));
      box.clock.advance(std::chrono::minutes(2));
      const auto mail = resent(box, "mine");
      const auto staged = box.courier().stage(mail, {}).value();
      CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::pending);
      CHECK(box.courier().discard(staged, {}));
      CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::none);
      // As after a restored backup, where the draft's id is not known.
      CHECK(box.courier().evidence(StagedId(), mail, {}).value() == Evidence::none);

      const auto again = box.courier().stage(mail, {}).value();
      CHECK(box.courier().dispatch(again, mail, {}));
      CHECK(box.courier().evidence(again, mail, {}).value() == Evidence::sent);
      CHECK(box.courier().evidence(StagedId(), mail, {}).value() == Evidence::sent);
    }
  }
}

TEST_CASE("another draft with the same Message-ID is neither taken for ours nor thought to be pending") {
  for (const auto kind : kResenders) {
    for (const std::string marker : {"", "another"}) {
      CAPTURE(to_string(kind));
      CAPTURE(marker);
      SandboxMailbox box(kind);
      const auto other = box.courier().stage(resent(box, marker), {}).value();
      box.clock.advance(std::chrono::minutes(2));
      const auto mail = resent(box, "mine");
      CHECK_FALSE(box.courier().find_staged(mail, {}).value());
      const auto staged = box.courier().stage(mail, {}).value();
      const auto found = box.courier().find_staged(mail, {}).value();
      REQUIRE(found);
      CHECK(found->value.substr(0, found->value.find('@')) == staged.value.substr(0, staged.value.find('@')));
      CHECK(box.courier().discard(staged, {}));
      CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::none);
      const auto later = box.courier().stage(resent(box, "later"), {}).value();
      CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::none);
      CHECK(box.courier().discard(later, {}));
      CHECK(box.courier().discard(other, {}));
    }
  }
}

TEST_CASE("Gmail: what it lists although it is older is no evidence, whatever its Message-ID") {
  for (const bool is_newer : {false, true}) {
    Scripted world;
    world.http.answer(404, "{}");
    world.http.answer(200, R"({"messages":[{"id":"s","threadId":"t"}]})");
    world.http.answer(200, fmt::format(R"({{"id":"s","threadId":"t","internalDate":"{}","payload":{{"headers":[)"
                                       R"({{"name":"Message-Id","value":"<m@x>"}}]}}}})",
                                       is_newer ? "1769850905000" : "1769800000000"));
    Outgoing mail{Blob(std::string("To: a@x\r\nMessage-ID: <m@x>\r\nX-Mailmgr-Id: k\r\n\r\n")), "<m@x>", std::nullopt};
    const auto evidence = world.courier(ProviderKind::google)->evidence(StagedId("r1@1769850900"), mail, {}).value();
    CHECK(evidence == (is_newer ? Evidence::sent : Evidence::none));
  }
}
