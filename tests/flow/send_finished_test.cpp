// Finished messages through the outbox: whose name they go out under, who gets them, and what waits.
#include "tests/flow/sending_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct FinishedWorld : SendingMailbox {
  explicit FinishedWorld(ProviderKind kind = ProviderKind::google, AccessLevel access = AccessLevel::full)
      : SendingMailbox(kind, access) {
    static_cast<SendOrder&>(finished) = request;
    finished.from_policy = FromPolicy::rewrite;
    give("From: " + box.email + "\nTo: someone@example.org\nSubject: Report\n\nHere.\n");
  }
  void give(const std::string& raw) { finished.raw = Blob(raw); }
  Result<PreparedMessage> prepare() { return prepare_finished(finished, world()); }
  std::string bytes() { return prepare().value().mime.bytes().value(); }
  Sending send_or_wait() {
    finished.later = true;
    return send_or_queue(prepare().value(), world(), {}).value();
  }

  FinishedRequest finished;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a finished message is sent as it is, and the outbox says who gets it") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    FinishedWorld world(kind);
    world.give("From: Me <" + world.box.email +
               ">\nTo: a@example.org\nBcc: b@example.org\nSubject: Report\n"
               "Message-ID: <mine@example.org>\n\nHere.\n");
    const auto prepared = world.prepare().value();
    CHECK(prepared.row.recipients == std::vector<std::string>{"a@example.org", "b@example.org"});
    CHECK(prepared.row.from == world.box.email);
    CHECK(prepared.row.message_id == "<mine@example.org>");
    CHECK(prepared.row.subject == "Report");
    CHECK(holds(*prepared.mime.bytes(), "From: Me <" + world.box.email + ">\r\n"));
    const auto sent = send_message(prepared, world.world(), {}).value();
    CHECK(sent.row.state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("a From of somebody else is rewritten to the account, and who wrote can be answered") {
  FinishedWorld world;
  const auto own = world.box.email;
  world.give("From: Ada L <ada@corp.example>\nSender: x@corp.example\nTo: b@example.org\n\nx\n");
  CHECK(holds(world.bytes(), "From: Ada L <" + own + ">\r\n"));
  CHECK(holds(world.bytes(), "Reply-To: Ada L <ada@corp.example>\r\n"));
  CHECK_FALSE(holds(world.bytes(), "Sender:"));
  world.give("From: ada@corp.example\nReply-To: desk@corp.example\nTo: b@example.org\n\nx\n");
  CHECK(holds(world.bytes(), "Reply-To: desk@corp.example\r\n"));
  CHECK_FALSE(holds(world.bytes(), "ada@corp.example"));
  for (const auto* from : {"root (Cron Daemon)", "Cron Daemon <root@host>", "Cron Daemon <root@x.localdomain>"}) {
    world.give(std::string("From: ") + from + "\nTo: b@example.org\n\nx\n");
    CHECK(holds(world.bytes(), "From: Cron Daemon <" + own + ">\r\n"));
    CHECK_FALSE(holds(world.bytes(), "Reply-To"));
  }
  world.give("From: " + own + "\nSender: x@corp.example\nTo: b@example.org\n\nx\n");
  CHECK_FALSE(holds(world.bytes(), "Sender:"));
}

TEST_CASE("a From without a name gets the one that is asked for, else the account's") {
  FinishedWorld world;
  world.finished.account.sender_name = "Office";
  for (const auto* from : {"", "From: root\n"}) {
    world.give(std::string(from) + "To: b@example.org\n\nx\n");
    CHECK(holds(world.bytes(), "From: Office <"));
    world.finished.from_name = "Backup";
    CHECK(holds(world.bytes(), "From: Backup <"));
    world.finished.from_name.clear();
  }
}

TEST_CASE("where the policy is to refuse, another identity in From or Sender is refused") {
  FinishedWorld world;
  world.finished.from_policy = FromPolicy::refuse;
  CHECK(world.prepare());
  for (const auto* head : {"From: ada@corp.example", "From: root", "From: OWN, ada@corp.example", "Sender: root",
                           "From: OWN\nSender: root"}) {
    std::string text = std::string(head) + "\nTo: b@example.org\n\nx\n";
    if (const auto at = text.find("OWN"); at != std::string::npos) text.replace(at, 3, world.box.email);
    world.give(text);
    CAPTURE(text);
    const auto prepared = world.prepare();
    REQUIRE_FALSE(prepared);
    CHECK(prepared.error().code == Code::refused);
  }
  world.give("To: b@example.org\n\nx\n");
  CHECK(holds(world.bytes(), "From: " + world.box.email));
}

TEST_CASE("a finished message cannot bring the marker by which mailmgr finds its own") {
  FinishedWorld world;
  world.give("From: a@b.example\nX-Mailmgr-Id: forged\nx-mailmgr-id: again\nTo: b@example.org\n\nx\n");
  CHECK_FALSE(holds(world.bytes(), "forged"));
  CHECK_FALSE(holds(world.bytes(), "again"));
  CHECK(holds(world.bytes(), "X-Mailmgr-Id: "));
}

TEST_CASE("given recipients are exactly those who get it, and Resent-Bcc tells nobody") {
  FinishedWorld world;
  world.give(
      "From: x@y.example\nTo: a@example.org\nCc: c@example.org\nBcc: d@example.org\n"
      "Resent-Bcc: e@example.org\nSubject: Report\n\nx\n");
  world.finished.recipients = {{{"", "a@example.org"}, {"", "hidden@example.org"}}};
  const auto prepared = world.prepare().value();
  CHECK(prepared.row.recipients == std::vector<std::string>{"a@example.org", "hidden@example.org"});
  CHECK(prepared.left_out == std::vector<std::string>{"c@example.org"});
  for (const auto* gone : {"c@example.org", "d@example.org", "e@example.org"}) {
    CHECK_FALSE(holds(*prepared.mime.bytes(), gone));
  }
}

TEST_CASE("a finished message is checked as every other: access, state, key and size") {
  FinishedWorld world;
  world.finished.access = AccessLevel::read_only;
  CHECK(world.prepare().error().code == Code::refused);
  world.finished.access = AccessLevel::send_only;
  world.finished.account.state = AccountState::paused;
  CHECK(world.prepare().error().code == Code::refused);
  world.finished.account.state = AccountState::active;
  world.finished.key = "a\nb";
  CHECK(world.prepare().error().code == Code::usage);
  world.finished.key.clear();
  world.give("To: b@example.org\nbroken\n\nx\n");
  CHECK(world.prepare().error().code == Code::usage);
  FinishedWorld large(ProviderKind::microsoft);
  large.give("To: b@example.org\n\n" + std::string(200u << 20, 'x') + "\n");
  CHECK(large.prepare().error().code == Code::too_large);
}

TEST_CASE("a key stands for one finished message, whenever it is given again") {
  FinishedWorld world;
  world.finished.key = "k";
  CHECK_FALSE(world.send_or_wait().repeated);
  world.box.clock.advance(std::chrono::hours(24));
  CHECK(world.send_or_wait().repeated);
  CHECK(world.times_sent() == 1);
  world.give("To: someone@example.org\nSubject: Report\n\nOther.\n");
  world.finished.later = true;
  CHECK(send_or_queue(world.prepare().value(), world.world(), {}).error().code == Code::usage);
}

TEST_CASE(
    "a finished message whose Message-ID is in the mailbox already is not taken for sent when its answer is lost") {
  for (const auto kind : kSenders) {
    for (const bool deleted : {false, true}) {
      CAPTURE(kind);
      CAPTURE(deleted);
      FinishedWorld world(kind);
      const std::string raw =
          "From: " + world.box.email +
          "\r\nTo: a@example.org\r\nSubject: Report\r\nMessage-ID: <mine@example.org>\r\n\r\nHere.\r\n";
      world.box.deliver(raw, R"("folder":"sent")");
      world.box.clock.advance(std::chrono::minutes(2));
      world.give(raw);
      world.fault(R"({"match":{"method":"POST","path":"send$"},"action":"reset_before","times":1})");
      world.box.http.after_requests([&] {
        if (!deleted || !world.box.http.requests().back().ends_with("send")) return;
        for (const auto& id : world.drafts()) world.box.control("delete", nlohmann::json{{"id", id}}.dump());
      });
      const auto sent = send_message(world.prepare().value(), world.world(), {}).value();
      CHECK(sent.row.state == (deleted ? OutboxState::unknown : OutboxState::sent));
      CHECK(world.times_sent() == (deleted ? 0 : 1));
    }
  }
}

TEST_CASE("what can wait is tried at once, and waits without trying long when the provider is not there") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    FinishedWorld world(kind);
    world.fault(R"({"match":{"path":"gmail/v1|v1.0"},"action":{"status":503}})");
    const auto before = world.box.clock.monotonic();
    const auto waiting = world.send_or_wait();
    CHECK(waiting.row.state == OutboxState::queued);
    CHECK_FALSE(waiting.row.error.empty());
    CHECK(outcome(waiting.row));
    CHECK(world.box.clock.monotonic() - before < std::chrono::seconds(15));
    world.box.remove_faults();
    world.box.clock.advance(std::chrono::minutes(10));
    CHECK(world.flush().size() == 1);
    CHECK(world.row(waiting.row.id).state == OutboxState::sent);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("what can wait is sent at once where nothing is in the way, and fails where it is refused") {
  for (const auto kind : kSenders) {
    CAPTURE(kind);
    FinishedWorld world(kind);
    CHECK(world.send_or_wait().row.state == OutboxState::sent);
    world.fault(R"({"match":{"method":"POST","path":"send$"},"action":{"status":400}})");
    const auto failed = world.send_or_wait();
    CHECK(failed.row.state == OutboxState::failed);
    CHECK(outcome(failed.row).error().code == Code::refused);
    CHECK(world.times_sent() == 1);
  }
}

TEST_CASE("a command that is stopped before it has tried leaves its message to a flush") {
  FinishedWorld world;
  std::stop_source stop;
  stop.request_stop();
  auto lease = world.leases.take("outbox-1", milliseconds(0), {}).value();
  world.finished.later = true;
  const auto waiting = send_or_queue(world.prepare().value(), world.world(), Stop(stop.get_token())).value();
  CHECK(waiting.row.state == OutboxState::queued);
  lease.reset();
  CHECK(world.flush().size() == 1);
  CHECK(world.times_sent() == 1);
}

TEST_CASE("a From that the account can send from besides its own is kept, by either policy") {
  FinishedWorld world;
  world.finished.aliases = {"sales@example.org"};
  for (const auto policy : {FromPolicy::rewrite, FromPolicy::refuse}) {
    world.finished.from_policy = policy;
    world.give("From: Sales <Sales@example.org>\nTo: b@example.org\n\nx\n");
    CHECK(holds(world.bytes(), "From: Sales <Sales@example.org>\r\n"));
  }
  world.give("From: other@example.org\nTo: b@example.org\n\nx\n");
  CHECK(world.prepare().error().code == Code::refused);
}
