// Sending against both providers' stand-in: however the answers fail, a message leaves once or the outcome is told.
#include "core/flow/send.h"

#include "tests/flow/sending_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE("a message is sent once and the outbox says so") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    const auto row = world.send();
    CHECK(row.state == OutboxState::sent);
    CHECK(row.recipients == std::vector<std::string>{"someone@example.org"});
    CHECK(world.times_sent() == 1);
    CHECK(world.row(row.id).state == OutboxState::sent);
  }
}

TEST_CASE("an answer that never comes after the provider has sent is found out, not repeated") {
  for (const auto kind : kSenders) {
    for (const char* action : {R"("reset_after")", R"({"status":502,"after":true})", R"("reset_mid_body")"}) {
      CAPTURE(kind);
      CAPTURE(action);
      SendingMailbox world(kind);
      world.fault(std::string(R"({"match":{"method":"POST","path":"send$"},"times":1,"action":)") + action + "}");
      CHECK(world.send().state == OutboxState::sent);
      CHECK(world.times_sent() == 1);
    }
  }
}

TEST_CASE("a 2xx that is not the provider's answer does not make a message sent") {
  for (const auto kind : kSenders) {
    for (const char* action : {R"("html")", R"("malformed_json")", R"({"status":200,"body":"{}"})"}) {
      CAPTURE(kind);
      CAPTURE(action);
      SendingMailbox world(kind);
      world.fault(std::string(R"({"match":{"method":"POST","path":"send$"},"times":1,"action":)") + action + "}");
      CHECK(world.send().state == OutboxState::sent);
      CHECK(world.times_sent() == 1);
    }
  }
}

TEST_CASE("a dispatch that broke before it was handled is repeated with the same draft") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.fault(R"({"match":{"method":"POST","path":"send$"},"action":"reset_before","times":1})");
    CHECK(world.send().state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("a draft whose answer was lost is found again and sent, and no second one is left behind") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.fault(R"({"match":{"method":"POST","path":"(drafts|messages)$"},"action":"reset_after","times":1})");
    CHECK(world.send().state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
    CHECK(world.drafts().empty());
  }
}

TEST_CASE("a provider that refuses ends in failed, and nothing is left behind") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.fault(R"({"match":{"method":"POST","path":"send$"},"action":{"status":400}})");
    const auto row = world.send();
    CHECK(row.state == OutboxState::failed);
    CHECK(!outcome(row));
    CHECK(world.times_sent() == 0);
    CHECK(row.staged.value.empty());
    CHECK(world.drafts().empty());
  }
}

TEST_CASE("a draft that somebody deleted while its answer was lost is unknown, and never sent again") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.request.key = "k";
    world.fault(R"({"match":{"method":"POST","path":"send$"},"action":"reset_before","times":1})");
    world.box.http.after_requests([&] {
      if (!world.box.http.requests().back().ends_with("send")) return;
      for (const auto& id : world.drafts()) world.box.control("delete", nlohmann::json{{"id", id}}.dump());
    });
    CHECK(world.send().state == OutboxState::unknown);
    world.box.http.after_requests(nullptr);
    CHECK(world.send().state == OutboxState::unknown);
    CHECK(retry_message(OutboxId(1), world.world(), {}).value().state == OutboxState::unknown);
    CHECK(world.times_sent() == 0);
  }
}

TEST_CASE("a login that may only send makes one attempt: without an answer the outcome is unknown") {
  SendingMailbox world(ProviderKind::microsoft, AccessLevel::send_only);
  CHECK(world.send().state == OutboxState::sent);
  world.request.draft.subject = "Second";
  world.request.key = "second";
  world.fault(R"({"match":{"path":"sendMail$"},"action":"reset_after","times":1})");
  CHECK(world.send().state == OutboxState::unknown);
  CHECK(world.send().state == OutboxState::unknown);
  CHECK(world.times_sent("Second") == 1);
}

TEST_CASE("a key stands for one message, whenever the command is repeated") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.request.key = "order 1";
    const auto first = world.try_to_send().value();
    CHECK_FALSE(first.repeated);
    world.box.clock.advance(std::chrono::hours(24 * 300));
    const auto again = world.try_to_send().value();
    CHECK(again.repeated);
    CHECK(again.row.id == first.row.id);
    CHECK(again.row.remote_id == first.row.remote_id);
    CHECK(world.times_sent() == 1);

    SUBCASE("other content") {
      world.request.draft.text = "Other.";
    }
    SUBCASE("other recipients") {
      world.request.draft.cc = {{"", "other@example.org"}};
    }
    SUBCASE("another attachment") {
      world.request.draft.attachments.push_back({"a.txt", "", Blob(std::string("a"))});
    }
    const auto other = world.try_to_send();
    REQUIRE_FALSE(other);
    CHECK(other.error().code == Code::usage);
    world.request.key = "order 2";
    CHECK(world.send().state == OutboxState::sent);
  }
}

TEST_CASE("a command that failed is tried again when it is repeated with its key") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.request.key = "k";
    world.fault(R"({"match":{"method":"POST","path":"gmail/v1|v1.0"},"action":{"status":400}})");
    const auto failed = world.send();
    CHECK(failed.state == OutboxState::failed);
    world.box.remove_faults();
    const auto sent = world.send();
    CHECK(sent.id == failed.id);
    CHECK(sent.state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("while somebody else sends for the account, a command waits and is then busy, and nothing is in the outbox") {
  SendingMailbox world(ProviderKind::google);
  const auto lease = world.leases.take("outbox-1", milliseconds(0), {}).value();
  std::stop_source stop;
  stop.request_stop();
  const auto sending = world.try_to_send(Stop(stop.get_token()));
  REQUIRE_FALSE(sending);
  CHECK_FALSE(*world.store->outbox().find(OutboxId(1)));
}

TEST_CASE("a login that may only read does not send, and nothing enters the outbox") {
  SendingMailbox world(ProviderKind::google);
  world.request.access = AccessLevel::read_only;
  const auto sending = world.try_to_send();
  REQUIRE(!sending);
  CHECK(sending.error().code == Code::refused);
  CHECK(!*world.store->outbox().find(OutboxId(1)));
}

TEST_CASE("a message over the provider's limit is refused before it is uploaded") {
  SendingMailbox world(ProviderKind::google);
  // Below the limit itself, above it in base64.
  world.request.draft.attachments.push_back({"big.bin", "", Blob(std::string(27u << 20, 'x'))});
  const auto sending = world.try_to_send();
  REQUIRE(!sending);
  CHECK(sending.error().code == Code::too_large);
  CHECK(sending.error().message.find("36700160") != std::string::npos);
  CHECK(!*world.store->outbox().find(OutboxId(1)));
  CHECK(world.times_sent() == 0);
}
