// Drafts of the mailbox's own: made, looked at, and sent as they are.
#include "core/flow/mailbox_draft.h"

#include "core/base/encoding.h"
#include "core/mail/parse.h"
#include "tests/flow/sending_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct DraftMailbox : SendingMailbox {
  using SendingMailbox::SendingMailbox;

  // The id of the message that a draft with this HTML is.
  RemoteId make_draft() {
    request.draft.html = "<p>Here, <b>bold</b>.</p>";
    request.draft.extra_headers = {{"X-Project", "7"}};
    REQUIRE(save_mailbox_draft(request, {}, world(), {}));
    REQUIRE(drafts().size() == 1);
    return RemoteId(drafts().front());
  }
  Result<MailboxDraft> read(const RemoteId& message) {
    return read_mailbox_draft(request, message, box.mailbox(), world(), {});
  }
  std::string sent_raw() {
    const auto sent = nlohmann::json::parse(box.control("sent"));
    return sent.empty() ? "" : sent.back()["raw"].get<std::string>();
  }
};

}  // namespace

TEST_CASE("a provider that makes no draft is an error, and the earlier draft stays") {
  DraftMailbox world(ProviderKind::microsoft, AccessLevel::send_only);
  world.request.access = AccessLevel::full;  // as a login whose rights were cut since
  const auto saved = save_mailbox_draft(world.request, StagedId("earlier"), world.world(), {});
  REQUIRE_FALSE(saved);
  CHECK(exit_class(saved.error().code).code == Code::refused);
  CHECK(world.times_sent() == 0);
}

TEST_CASE("a draft that is saved is saved, also where the earlier one cannot be removed") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    DraftMailbox world(kind);
    const auto first = save_mailbox_draft(world.request, {}, world.world(), {}).value();
    world.fault(R"({"match":{"method":"DELETE"},"action":{"status":400}})");
    const auto second = save_mailbox_draft(world.request, first.id, world.world(), {});
    REQUIRE(second);
    CHECK_FALSE(second->tidied);
    CHECK(world.drafts().size() == 2);
  }
}

TEST_CASE("a draft of the mailbox is sent by its own id, with its HTML and its headers, once") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    DraftMailbox world(kind);
    const auto draft = world.read(world.make_draft()).value();
    world.request.key = "draft";
    const auto prepared = prepare_mailbox_draft(world.request, draft, world.world()).value();
    CHECK(prepared.row.recipients == std::vector<std::string>{"someone@example.org"});
    CHECK(send_message(prepared, world.world(), {})->row.state == OutboxState::sent);
    CHECK(send_message(prepared, world.world(), {})->repeated);
    CHECK(world.times_sent() == 1);
    CHECK(world.drafts().empty());
    const auto raw = base64_decode(world.sent_raw()).value();
    CHECK(raw.find("<b>bold</b>") != std::string::npos);
    CHECK(raw.find("X-Project: 7") != std::string::npos);
  }
}

TEST_CASE("a draft of the mailbox that the provider refuses to send stays there, and can be tried again") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    DraftMailbox world(kind);
    const auto draft = world.read(world.make_draft()).value();
    world.fault(R"({"match":{"method":"POST","path":"send$"},"action":{"status":400},"times":1})");
    const auto prepared = prepare_mailbox_draft(world.request, draft, world.world()).value();
    const auto failed = send_message(prepared, world.world(), {}).value().row;
    CHECK(failed.state == OutboxState::failed);
    CHECK(world.drafts().size() == 1);
    CHECK(retry_message(failed.id, world.world(), {})->state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("a draft that was sent elsewhere is not found, one that was changed there is another") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    DraftMailbox world(kind);
    const auto id = world.make_draft();
    const auto before = parse_message(world.read(id)->raw).value();
    CHECK(is_same_draft(before, parse_message(world.read(id)->raw).value()));
    const auto changed = nlohmann::json::parse(world.box.control(
        "edit_draft",
        nlohmann::json{{"id", id.value}, {"raw", "To: b@example.org\r\nSubject: Other\r\n\r\nx\r\n"}}.dump()));
    const auto now = world.read(id);
    if (now) CHECK_FALSE(is_same_draft(before, parse_message(now->raw).value()));
    if (!now) CHECK(now.error().code == Code::not_found);
    CHECK(static_cast<bool>(now) == (kind == ProviderKind::microsoft));
    world.box.control("send_draft", nlohmann::json{{"id", changed["id"]}}.dump());
    CHECK(world.read(RemoteId(changed["id"])).error().code == Code::not_found);
  }
}
