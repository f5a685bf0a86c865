// What every provider promises about sending (core/ports/provider.h), held against the sandbox: each case runs for
// Google and Microsoft.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/providers/contract.h"
#include "tests/providers/fixture.h"

using namespace mailmgr;
using namespace mailmgr::contract;

namespace {

Outgoing outgoing(SandboxMailbox& box, const std::string& marker, const std::string& subject = "Hello") {
  const auto text = fmt::format(
      "From: {}\r\nTo: c@gmail.test\r\nSubject: {}\r\nMessage-ID: <{}@mailmgr.test>\r\nX-Mailmgr-Id: {}\r\n"
      "Date: Sat, 31 Jan 2026 09:15:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nhi\r\n",
      box.email, subject, marker, marker);
  return {Blob(text), fmt::format("<{}@mailmgr.test>", marker), std::nullopt};
}

}  // namespace

TEST_CASE("a staged message is a draft until it is dispatched, then it is sent once") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    const auto mail = outgoing(box, "mark-1");
    CHECK_FALSE(box.courier().find_staged(mail, {}).value());
    const auto staged = box.courier().stage(mail, {});
    if (!staged) FAIL(staged.error().message);
    const auto found = box.courier().find_staged(mail, {}).value();
    REQUIRE(found);
    CHECK(found->value.substr(0, found->value.find('@')) == staged->value.substr(0, staged->value.find('@')));
    CHECK(box.courier().evidence(*staged, mail, {}).value() == Evidence::pending);
    CHECK(box.control("sent").find("mark-1") == std::string::npos);

    const auto receipt = box.courier().dispatch(*staged, mail, {});
    if (!receipt) FAIL(receipt.error().message);
    if (kind == ProviderKind::google) CHECK_FALSE(receipt->remote_id.value.empty());
    CHECK(box.courier().evidence(*staged, mail, {}).value() == Evidence::sent);
    CHECK(box.courier().dispatch(*staged, mail, {}).error().code == Code::gone);
  }
}

TEST_CASE("a discarded draft leaves no evidence, and discarding twice is fine") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    const auto mail = outgoing(box, "mark-2");
    const auto staged = box.courier().stage(mail, {}).value();
    CHECK(box.courier().discard(staged, {}));
    CHECK(box.courier().discard(staged, {}));
    CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::none);
  }
}

TEST_CASE("another message to the same people is no evidence") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    const auto other = outgoing(box, "other");
    CHECK(box.courier().dispatch(box.courier().stage(other, {}).value(), other, {}));
    const auto mail = outgoing(box, "mine");
    const auto staged = box.courier().stage(mail, {}).value();
    CHECK(box.courier().discard(staged, {}));
    CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::none);
  }
}

TEST_CASE("a dispatch whose answer is lost is not repeated, and evidence settles it") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    const auto path = kind == ProviderKind::google ? "/drafts/send" : "/messages/[^/]+/send";
    SandboxMailbox box(
        kind,
        fmt::format(R"({{"rules":[{{"match":{{"method":"POST","path":"{}$"}},"action":"reset_after"}}]}})", path));
    const auto mail = outgoing(box, "mark-3");
    const auto staged = box.courier().stage(mail, {}).value();
    box.http.forget_requests();
    const auto receipt = box.courier().dispatch(staged, mail, {});
    REQUIRE_FALSE(receipt);
    CHECK(receipt.error().code == Code::no_answer);
    CHECK(box.http.requests().size() == 1);
    CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::sent);
  }
}

TEST_CASE("a dispatch that never arrived leaves the draft pending") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    const auto path = kind == ProviderKind::google ? "/drafts/send" : "/messages/[^/]+/send";
    SandboxMailbox box(
        kind, fmt::format(R"({{"rules":[{{"match":{{"path":"{}$"}},"action":"reset_before","times":1}}]}})", path));
    const auto mail = outgoing(box, "mark-4");
    const auto staged = box.courier().stage(mail, {}).value();
    CHECK_FALSE(box.courier().dispatch(staged, mail, {}));
    CHECK(box.courier().evidence(staged, mail, {}).value() == Evidence::pending);
    CHECK(box.courier().dispatch(staged, mail, {}));
  }
}

TEST_CASE("more than the provider takes is refused before anything is sent") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    auto mail = outgoing(box, "big");
    mail.mime = Blob(std::string(box.courier().max_size() + 1, 'x'));
    const auto staged = box.courier().stage(mail, {});
    REQUIRE_FALSE(staged);
    CHECK(staged.error().code == Code::too_large);
    CHECK(box.http.requests().empty());
  }
}

TEST_CASE("a message near the limit is staged and sent") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    auto mail = outgoing(box, "near");
    auto text = mail.mime.bytes().value();
    const auto size = kind == ProviderKind::google ? std::size_t{5} << 20 : std::size_t{2990000};
    while (text.size() < size) text += "0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
    text.resize(size);
    mail.mime = Blob(text);
    const auto staged = box.courier().stage(mail, {});
    if (!staged) FAIL(staged.error().message);
    CHECK(box.courier().dispatch(*staged, mail, {}));
    CHECK(box.courier().evidence(*staged, mail, {}).value() == Evidence::sent);
  }
}
