// Large messages: what goes up in pieces goes on where it broke off, arrives byte for byte, and is no draft to be
// found before all of it is there.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "core/mail/compose.h"
#include "core/mail/parse.h"
#include "tests/providers/fixture.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using mailmgr::test::test_count;
using nlohmann::json;

namespace {

constexpr ProviderKind kUploaders[] = {ProviderKind::google, ProviderKind::microsoft};
constexpr std::size_t kMegabyte = std::size_t{1} << 20;
constexpr std::size_t kTwoRanges = 3700000;  // so many bytes go up in two ranges, in base64 too

// Bytes that compress to nothing less and repeat nowhere near.
std::string noise(std::size_t size, std::uint32_t seed = 1) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<char>(seed >> 24);
  }
  return bytes;
}

Draft draft_with(SandboxMailbox& box, const std::vector<std::size_t>& sizes) {
  Draft draft;
  draft.from = {"", box.email};
  draft.to = {{"C", "c@example.org"}};  // who has no mailbox here: nothing is delivered
  draft.subject = "Größe";
  draft.text = "Here.";
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    draft.attachments.push_back({fmt::format("file {}.bin", i), "application/octet-stream",
                                 Blob(noise(sizes[i], static_cast<std::uint32_t>(i + 1)))});
  }
  draft.message_id = "<large@mailmgr.test>";
  draft.date = box.clock.now();
  draft.extra_headers = {{"X-Mailmgr-Id", "large"}};
  return draft;
}

Outgoing outgoing(const Draft& draft) {
  return {compose(draft).value(), draft.message_id, std::nullopt};
}

// Megabytes in JSON take long to parse: what is between the quotes is looked for instead.
std::string only_sent(SandboxMailbox& box) {
  const auto sent = box.control("sent");
  const std::string_view before = R"("raw":")";
  const auto start = sent.find(before) + before.size();
  REQUIRE(start != before.size() - 1);
  REQUIRE(sent.find(before, start) == sent.npos);
  return base64_decode(std::string_view(sent).substr(start, sent.find('"', start) - start)).value();
}

std::size_t drafts_of(SandboxMailbox& box) {
  const auto state = json::parse(box.control("state"));
  return static_cast<std::size_t>(
      std::count_if(state["messages"].begin(), state["messages"].end(), [](const json& m) { return m["draft"]; }));
}

std::string attached(const std::string& raw, const std::string& part) {
  std::string bytes;
  REQUIRE(read_part(Blob(raw), part, [&](std::string_view piece) {
    bytes += piece;
    return true;
  }));
  return bytes;
}

// The message went out once, and its files are what they were.
void check_sent(SandboxMailbox& box, const Draft& draft) {
  const auto raw = only_sent(box);
  const auto message = parse_message(Blob(raw)).value();
  if (box.spec.kind == ProviderKind::microsoft) CHECK(message.message_id == draft.message_id);  // Gmail gives its own
  CHECK(message.subject == draft.subject);
  REQUIRE(message.attachments.size() == draft.attachments.size());
  for (std::size_t i = 0; i < draft.attachments.size(); ++i) {
    CHECK(message.attachments[i].name == draft.attachments[i].name);
    CHECK((attached(raw, message.attachments[i].part) == draft.attachments[i].content.bytes().value()));
  }
}

std::vector<std::string> requests_with(SandboxMailbox& box, std::string_view word) {
  auto all = box.http.requests();
  std::erase_if(all, [&](const std::string& request) { return request.find(word) == std::string::npos; });
  return all;
}

std::string rule(const std::string& match, const std::string& action, int times) {
  return fmt::format(R"({{"match":{{{}}},"action":{},"times":{}}})", match, action, times);
}

}  // namespace

TEST_CASE("an upload that breaks at every range, before or after it arrived, ends whole") {
  const bool all = test_count(1, 2) > 1;
  const std::size_t size = all ? 24 * kMegabyte : kTwoRanges;
  for (const auto kind : kUploaders) {
    for (const auto* action : {R"("reset_before")", R"("reset_after")", R"("reset_mid_body")", R"({"status":503})",
                               R"({"status":502,"after":true})", R"({"status":429,"headers":{"Retry-After":"2"}})"}) {
      CAPTURE(to_string(kind));
      CAPTURE(std::string(action));
      // Each range breaks. Gmail is asked by PUT, too, and that is answered.
      const bool google = kind == ProviderKind::google;
      const std::string_view how = action;
      const bool arrives = how.find("after\"") != how.npos || how.find("mid_body") != how.npos;
      const int second = (google ? 3 : 2) - (arrives ? 1 : 0);  // of the requests that the first rule has not hit
      const auto breaks = [&](const char* when, int number) {
        return rule(fmt::format(R"("method":"PUT","path":"upload","{}":{})", when, number), action, 1000);
      };
      SandboxMailbox box(kind, all ? breaks("every", google ? 3 : 2)
                                   : fmt::format("[{},{}]", breaks("nth", 1), breaks("nth", second)));
      const auto draft = draft_with(box, {size});
      const auto mail = outgoing(draft);
      const auto staged = box.courier().stage(mail, {});
      if (!staged) FAIL(staged.error().message);
      CHECK(requests_with(box, "PUT ").size() >= (google ? 3 : 2));
      CHECK(box.courier().find_staged(mail, {}).value());
      CHECK(drafts_of(box) == 1);
      CHECK(box.courier().dispatch(*staged, mail, {}));
      CHECK(box.courier().evidence(*staged, mail, {}).value() == Evidence::sent);
      check_sent(box, draft);
    }
  }
}

TEST_CASE("an upload goes on after each of its requests broke once") {
  const bool all = test_count(1, 2) > 1;  // both ways of breaking
  for (const auto kind : kUploaders) {
    for (int nth = 1; nth <= (kind == ProviderKind::google ? 4 : 8); ++nth) {
      for (const bool before : {true, false}) {
        if (!all && before != (nth % 2 == 1)) continue;
        const auto* action = before ? R"("reset_before")" : R"("reset_after")";
        CAPTURE(to_string(kind));
        CAPTURE(nth);
        CAPTURE(std::string(action));
        SandboxMailbox box(kind);
        CHECK(box.mailbox().profile({}));  // logs in
        box.control_all("/_sandbox/faults",
                        rule(fmt::format(R"("path":"upload|v1.0|gmail","nth":{})", nth), action, 1));
        const auto draft = draft_with(box, {kTwoRanges, 1000});
        const auto mail = outgoing(draft);
        auto staged = box.courier().stage(mail, {});
        if (!staged) {
          // As a delivery does.
          CHECK(staged.error().code == Code::no_answer);
          auto found = box.courier().find_staged(mail, {}).value();
          staged = found ? Result<StagedId>(*found) : box.courier().stage(mail, {});
        }
        if (!staged) FAIL(staged.error().message);
        box.remove_faults();
        CHECK(drafts_of(box) == 1);
        CHECK(box.courier().dispatch(*staged, mail, {}));
        check_sent(box, draft);
      }
    }
  }
}

TEST_CASE("ranges keep to the provider's rules, and tell how far they are") {
  for (const auto kind : kUploaders) {
    CAPTURE(to_string(kind));
    SandboxMailbox box(kind);
    auto mail = outgoing(draft_with(box, {9 * kMegabyte}));
    std::vector<std::uint64_t> told;
    std::uint64_t total = 0;
    mail.progress = [&](std::string_view, std::uint64_t done, std::uint64_t of) {
      told.push_back(done);
      total = of;
    };
    REQUIRE(box.courier().stage(mail, {}));
    CHECK(requests_with(box, "PUT ").size() == (kind == ProviderKind::google ? 4 : 3));
    CHECK(std::is_sorted(told.begin(), told.end()));
    REQUIRE(told.size() >= 3);
    CHECK(told.back() == total);
    CHECK(total == (kind == ProviderKind::google ? mail.mime.size() : 9 * kMegabyte));
    const auto unit = kind == ProviderKind::google ? std::size_t{256} << 10 : std::size_t{320} << 10;
    CHECK(told.front() % unit == 0);
    CHECK(told.front() <= 4 * kMegabyte);
  }
}

TEST_CASE("an upload that gets nowhere ends, and leaves no draft") {
  for (const auto kind : kUploaders) {
    for (const auto* action : {R"("reset_before")", R"({"status":503})"}) {
      CAPTURE(to_string(kind));
      CAPTURE(std::string(action));
      SandboxMailbox box(kind, "[" + rule(R"("method":"PUT|GET","path":"upload")", action, 1000000) + "]");
      const auto mail = outgoing(draft_with(box, {6 * kMegabyte}));
      box.control_all("/_sandbox/faults", rule(R"("path":"/upload/|/_upload/")", action, 1000000));
      const auto staged = box.courier().stage(mail, {});
      REQUIRE_FALSE(staged);
      CHECK(exit_class(staged.error().code).code == Code::try_later);
      CHECK(requests_with(box, "upload").size() < 80);
      CHECK(drafts_of(box) == 0);
    }
  }
}

TEST_CASE("Gmail: one request carries what is neither small nor large, as media") {
  SandboxMailbox box(ProviderKind::google);
  const auto draft = draft_with(box, {3 * kMegabyte});
  const auto mail = outgoing(draft);
  const auto staged = box.courier().stage(mail, {});
  if (!staged) FAIL(staged.error().message);
  CHECK(requests_with(box, "uploadType=multipart").size() == 1);
  CHECK(requests_with(box, "PUT ").empty());
  CHECK(box.courier().dispatch(*staged, mail, {}));
  check_sent(box, draft);
}

TEST_CASE("Graph: a draft that was left half done is never found, and is removed") {
  for (const bool again : {false, true}) {
    CAPTURE(again);
    SandboxMailbox box(ProviderKind::microsoft);
    const auto draft = draft_with(box, {1000, 5 * kMegabyte, 2000});
    const auto mail = outgoing(draft);
    struct Killed {};
    // The process is killed while the second range is under way.
    int puts = 0;
    box.http.between_requests([&] {
      const auto requests = box.http.requests();
      puts += !requests.empty() && requests.back().starts_with("PUT ");
      if (puts == 1) throw Killed();
    });
    CHECK_THROWS_AS((void)box.courier().stage(mail, {}), Killed);
    box.http.between_requests(nullptr);
    CHECK(drafts_of(box) == 1);
    if (again) {
      CHECK(box.courier().stage(mail, {}));  // tidies up first
      CHECK(box.courier().find_staged(mail, {}).value());
      CHECK(drafts_of(box) == 1);
    } else {
      CHECK_FALSE(box.courier().find_staged(mail, {}).value());
      CHECK(drafts_of(box) == 0);
    }
  }
}

TEST_CASE("Graph: what MIME says is said in the draft") {
  SandboxMailbox box(ProviderKind::microsoft);
  auto draft = draft_with(box, {4 * kMegabyte});
  draft.from.name = "Büro";
  draft.cc = {{"", "d@gmail.test"}};
  draft.bcc = {{"", "e@gmail.test"}};
  draft.reply_to = {{"Office", "office@example.org"}};
  draft.text.reset();
  draft.html = "<p>Hä <img src=\"cid:logo@x\"></p>";
  draft.attachments.push_back({"logo.png", "image/png", Blob(noise(5000)), "logo@x"});
  draft.attachments.push_back({"old.eml", "message/rfc822", Blob(std::string("Subject: old\r\n\r\nhi\r\n"))});
  draft.in_reply_to = "<asked@example.org>";
  draft.references = {"<first@example.org>", "<asked@example.org>"};
  draft.extra_headers = {{"X-A", "1"},
                         {"X-B", "2"},
                         {"X-C", "3"},
                         {"X-D", "4"},
                         {"X-E", "5"},
                         {"X-Mailmgr-Id", "large"},
                         {"List-Unsubscribe", "<https://example.org/off>"},
                         {"Importance", "high"}};
  const auto mail = outgoing(draft);
  const auto staged = box.courier().stage(mail, {});
  if (!staged) FAIL(staged.error().message);
  CHECK(box.courier().dispatch(*staged, mail, {}));
  const auto raw = only_sent(box);
  const auto message = parse_message(Blob(raw)).value();
  CHECK(message.from.front().name == "Büro");
  CHECK(message.to == draft.to);
  CHECK(message.cc.front().email == "d@gmail.test");
  CHECK(message.bcc.front().email == "e@gmail.test");
  CHECK(message.reply_to == draft.reply_to);
  CHECK(message.body_html.find("Hä") != std::string::npos);
  CHECK(message.in_reply_to == draft.in_reply_to);
  CHECK(message.references == draft.references);
  for (const auto& [name, value] : draft.extra_headers) {
    const auto found = std::find_if(message.headers.begin(), message.headers.end(),
                                    [&, key = name](const auto& header) { return header.first == key; });
    CAPTURE(name);
    REQUIRE(found != message.headers.end());
    CHECK(found->second == value);
  }
  REQUIRE(message.attachments.size() == 3);
  const auto logo = std::find_if(message.attachments.begin(), message.attachments.end(),
                                 [](const Attachment& part) { return part.name == "logo.png"; });
  REQUIRE(logo != message.attachments.end());
  CHECK(logo->is_inline);
  CHECK(logo->content_id == "logo@x");
}

TEST_CASE("Graph: a size between what is surely small and surely large is taken") {
  for (const std::size_t size : {std::size_t{2999999}, std::size_t{3000000}, 3 * kMegabyte - 500, 3 * kMegabyte}) {
    CAPTURE(size);
    SandboxMailbox box(ProviderKind::microsoft);
    const auto draft = draft_with(box, {size});
    const auto mail = outgoing(draft);
    const auto staged = box.courier().stage(mail, {});
    if (!staged) FAIL(staged.error().message);
    CHECK(box.courier().dispatch(*staged, mail, {}));
    check_sent(box, draft);
  }
}

TEST_CASE("Graph: a large message that is signed, or that a login may only send, is refused and leaves nothing") {
  SandboxMailbox box(ProviderKind::microsoft);
  auto draft = draft_with(box, {4 * kMegabyte});
  auto text = compose(draft).value().bytes().value();
  text.replace(text.find("multipart/mixed"), 15, "multipart/signed");
  Outgoing mail{Blob(text), draft.message_id, std::nullopt};
  const auto signed_one = box.courier().stage(mail, {});
  REQUIRE_FALSE(signed_one);
  CHECK(signed_one.error().code == Code::too_large);
  CHECK(signed_one.error().message.find("signed") != std::string::npos);
  CHECK(drafts_of(box) == 0);

  SandboxMailbox other(ProviderKind::microsoft, "", kSandboxBase, AccessLevel::send_only);
  const auto refused = other.courier().stage(outgoing(draft_with(other, {4 * kMegabyte})), {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::too_large);
  CHECK(refused.error().message.find("3000000") != std::string::npos);
}

TEST_CASE("attack 74: Graph: an upload address gets no token, and one that is not encrypted gets nothing at all") {
  const auto stage_with = [](Scripted& world, const std::string& url) {
    Draft draft;
    draft.from = {"", "b@outlook.test"};
    draft.to = {{"", "c@gmail.test"}};
    draft.text = "Here.";
    draft.attachments = {{"a.bin", "application/octet-stream", Blob(noise(4 * kMegabyte))}};
    draft.message_id = "<x@x>";
    world.http.answer(200, R"({"value":[]})");
    world.http.answer(201, R"({"id":"draft"})");
    world.http.answer(201, fmt::format(R"({{"uploadUrl":"{}","nextExpectedRanges":["0-"]}})", url));
    for (int i = 0; i < 2; ++i)
      world.http.answer(i == 0 ? 200 : 201, i == 0 ? R"({"NextExpectedRanges":["3276800"]})" : "");
    world.http.answer(200, "{}");
    return world.courier(ProviderKind::microsoft)->stage({compose(draft).value(), "<x@x>", std::nullopt}, {});
  };
  for (const auto* url : {"http://outlook.office.com/x", "https://api.test@evil.example/x", "", "ftp://x/"}) {
    CAPTURE(url);
    Scripted world;
    const auto staged = stage_with(world, url);
    REQUIRE_FALSE(staged);
    CHECK(staged.error().code == Code::refused);
    for (const auto& request : world.http.requests()) CHECK(request.url.origin() == "https://api.test");
  }
  Scripted world;
  const auto staged = stage_with(world, "https://outlook.office.com/upload?authtoken=s3cret");
  if (!staged) FAIL(staged.error().message);
  int uploads = 0;
  for (const auto& request : world.http.requests()) {
    if (request.method != "PUT") continue;
    ++uploads;
    CHECK(request.url.str() == "https://outlook.office.com/upload?authtoken=s3cret");
    for (const auto& [name, value] : request.headers) CHECK(to_lower_ascii(name) != "authorization");
  }
  CHECK(uploads == 2);
}
