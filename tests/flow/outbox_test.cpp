// What is done with messages that are in the outbox: flushing, and what a person decides.
#include "core/flow/outbox.h"

#include <fmt/format.h>

#include "tests/flow/sending_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

TEST_CASE("what is left to a flush leaves with it, and once") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.request.later = true;
    CHECK(world.send().state == OutboxState::queued);
    CHECK(world.times_sent() == 0);
    const auto flushed = world.flush();
    REQUIRE(flushed.size() == 1);
    CHECK(flushed[0].state == OutboxState::sent);
    CHECK(world.flush().empty());
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("what has its time leaves when that has come, also after a restart") {
  SendingMailbox world(ProviderKind::google);
  world.request.later = true;
  world.request.due = world.box.clock.now() + 2h;
  CHECK(world.send().state == OutboxState::scheduled);
  CHECK(world.flush().empty());
  world.box.clock.advance(1h);
  world.store = nullptr;
  world.store = world.open();
  CHECK(world.flush().empty());
  world.box.clock.advance(1h);
  CHECK(world.flush().size() == 1);
  CHECK(world.times_sent() == 1);
}

TEST_CASE("a flush that meets trouble waits longer each time, and gives up after days") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.request.later = true;
    const auto id = world.send().id;
    world.fault(R"({"match":{"method":"POST","path":"gmail/v1|v1.0"},"action":{"status":503}})");
    REQUIRE(world.flush().size() == 1);
    CHECK(world.row(id).state == OutboxState::queued);
    CHECK(world.flush().empty());  // not due
    world.box.clock.advance(2min);
    REQUIRE(world.flush().size() == 1);
    CHECK(world.row(id).attempts == 2);
    for (int hour = 0; hour < 24 * 6; ++hour) {
      world.box.clock.advance(1h);
      world.flush();
    }
    CHECK(world.row(id).state == OutboxState::failed);
    world.box.remove_faults();
    CHECK(world.flush().empty());  // nothing leaves later unless somebody says so
    CHECK(retry_message(id, world.world(), {}).value().state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("a flush that cannot ask what became of its dispatch leaves the message to the next one, which finds out") {
  for (const auto kind : kSenders) {
    for (const char* action : {"reset_before", "reset_after"}) {
      CAPTURE(kind);
      CAPTURE(action);
      SendingMailbox world(kind);
      world.request.later = true;
      const auto id = world.send().id;
      world.fault(fmt::format(R"({{"match":{{"method":"POST","path":"send$"}},"action":"{}","times":1}})", action));
      bool offline = false;
      world.box.http.after_requests([&] {
        if (offline || !world.box.http.requests().back().ends_with("/send")) return;
        offline = true;
        world.fault(R"({"match":{"path":"gmail/v1|v1.0"},"action":{"status":503}})");
      });
      REQUIRE(world.flush().size() == 1);
      CHECK(world.row(id).state == OutboxState::sending);
      CHECK(outcome(world.row(id)));
      world.box.remove_faults();
      REQUIRE(world.flush().size() == 1);
      CHECK(world.row(id).state == OutboxState::sent);
      CHECK(world.times_sent() == 1);
    }
  }
}

TEST_CASE("a flush whose time is up while it stages a message has not failed: the next one sends it") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    world.request.later = true;
    const auto id = world.send().id;
    world.fault(R"({"match":{"method":"POST","path":"(drafts|messages)$"},"action":{"status":503}})");
    const Stop brief = Stop().before(world.box.clock.monotonic() + 1s);
    (void)flush_outbox(world.request.account.id, world.world(), nullptr, brief);
    CHECK(world.row(id).state != OutboxState::failed);
    world.box.remove_faults();
    world.box.clock.advance(10min);
    world.flush();
    CHECK(world.row(id).state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
    CHECK(world.drafts().empty());
  }
}

TEST_CASE("what a killed command was to send at once is not sent by a flush any more") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    const auto prepared = prepare_message(world.request, world.world()).value();
    const auto id = world.store->outbox().add(prepared.row, prepared.mime)->id;
    SUBCASE("before anything") {}
    SUBCASE("with its draft made") {
      auto row = world.row(id);
      row.staged = world.box.courier().stage({prepared.mime, row.message_id, std::nullopt}, {}).value();
      REQUIRE(world.store->outbox().update(row));
    }
    SUBCASE("with its draft made and not noted") {
      (void)world.box.courier().stage({prepared.mime, prepared.row.message_id, std::nullopt}, {}).value();
    }
    REQUIRE(world.flush().size() == 1);
    CHECK(world.row(id).state == OutboxState::failed);
    CHECK(world.times_sent() == 0);
    CHECK(world.drafts().empty());
  }
}

TEST_CASE("what a killed command had sent is found out by a flush") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    SendingMailbox world(kind);
    const auto prepared = prepare_message(world.request, world.world()).value();
    auto row = world.row(world.store->outbox().add(prepared.row, prepared.mime)->id);
    const Outgoing outgoing{prepared.mime, row.message_id, std::nullopt};
    row.staged = world.box.courier().stage(outgoing, {}).value();
    row.dispatched = true;
    REQUIRE(world.store->outbox().update(row));
    REQUIRE(world.box.courier().dispatch(row.staged, outgoing, {}));
    REQUIRE(world.flush().size() == 1);
    CHECK(world.row(row.id).state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("cancelling takes a message out that has not left, and nothing else") {
  SendingMailbox world(ProviderKind::google);
  world.request.later = true;
  const auto waiting = world.send().id;
  CHECK(cancel_message(waiting, world.world(), {}).value().state == OutboxState::cancelled);
  CHECK(world.flush().empty());
  world.request.later = false;
  const auto sent = world.send().id;
  CHECK(cancel_message(sent, world.world(), {}).error().code == Code::refused);
  CHECK(cancel_message(OutboxId(99), world.world(), {}).error().code == Code::not_found);
  CHECK(world.times_sent() == 1);
}

TEST_CASE("a person settles what the machine cannot") {
  SendingMailbox world(ProviderKind::microsoft, AccessLevel::send_only);
  world.request.key = "k";
  world.fault(R"({"match":{"path":"sendMail$"},"action":"reset_before","times":1})");
  const auto id = world.send().id;
  REQUIRE(world.row(id).state == OutboxState::unknown);
  SUBCASE("as sent") {
    CHECK(resolve_message(id, SentVerdict::sent, world.world(), {}).value().state == OutboxState::sent);
    CHECK(world.try_to_send().value().repeated);
    CHECK(world.times_sent() == 0);
  }
  SUBCASE("as not sent") {
    CHECK(resolve_message(id, SentVerdict::not_sent, world.world(), {}).value().state == OutboxState::failed);
    CHECK(world.send().state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
  CHECK(resolve_message(id, SentVerdict::sent, world.world(), {}).error().code == Code::refused);
}

TEST_CASE("what came out of a backup is again what it was once it is released, and uncertain if it was being sent") {
  for (const auto& [before, after] : {std::pair{OutboxState::queued, OutboxState::queued},
                                      {OutboxState::scheduled, OutboxState::queued},
                                      {OutboxState::failed, OutboxState::failed},
                                      {OutboxState::sending, OutboxState::unknown},
                                      {OutboxState::unknown, OutboxState::unknown}}) {
    CAPTURE(to_string(before));
    SendingMailbox world(ProviderKind::google);
    world.request.later = true;
    auto row = world.row(world.send().id);
    row.state = OutboxState::held;
    row.held_from = to_string(before);
    REQUIRE(world.store->outbox().update(row));
    CHECK(world.flush().empty());
    CHECK(retry_message(row.id, world.world(), {}).error().code == Code::refused);
    CHECK(release_message(row.id, world.world(), {}).value().state == after);
    CHECK(release_message(row.id, world.world(), {}).error().code == Code::refused);
  }
}

TEST_CASE(
    "the outbox forgets sent messages after a month and their keys after 400 days, and nothing that is not sent") {
  SendingMailbox world(ProviderKind::google);
  world.request.key = "k";
  const auto sent = world.send().id;
  world.request.key = "";
  world.fault(R"({"match":{"method":"POST"},"action":{"status":400}})");
  const auto failed = world.send().id;
  world.box.clock.advance(24h * 29);
  world.flush();
  CHECK(world.store->outbox().mime(sent));
  world.box.clock.advance(24h * 2);
  world.flush();
  CHECK(world.store->outbox().mime(sent).error().code == Code::not_found);
  CHECK(world.store->outbox().find_key(AccountId(1), "k").value());
  world.box.clock.advance(24h * 400);
  world.flush();
  CHECK_FALSE(*world.store->outbox().find(sent));
  CHECK(world.store->outbox().mime(failed));
}
