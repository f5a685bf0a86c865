// Reports of undelivered mail, stored as any message, and what they do to the outbox.
#include <fmt/format.h>

#include "tests/store/mail_fixture.h"

using namespace mailmgr;
using namespace mailmgr::store;

namespace {

struct Reports : MailFixture {
  Reports() { gmail_folders(account); }

  OutboxId sent(const std::string& to, const std::string& message_id, const std::string& marker, BulkId list = {}) {
    OutboxRow row;
    row.account = account;
    row.state = OutboxState::sent;
    row.message_id = message_id;
    row.marker = marker;
    row.remote_id = RemoteId("sent-" + marker);
    row.recipients = {to};
    row.bulk = list;
    return mail->outbox().add(row, Blob("mime")).value().id;
  }
  // A report that comes in as a message.
  void comes(const DeliveryReport& report, const std::string& id = "dsn") {
    auto message = make({.id = id, .subject = "Undelivered"});
    message.parsed.report = report;
    REQUIRE(sync().store_messages(account, {&message, 1}, at(kNoon)));
  }
  static DeliveryReport about(const std::string& message_id, const std::string& marker, const std::string& email,
                              const std::string& status = "5.1.1",
                              DeliveryReport::Action action = DeliveryReport::Action::failed) {
    return {{{email, action, status, "550 no"}}, message_id, marker};
  }
  OutboxRow::Delivery delivery(OutboxId id) { return (*mail->outbox().find(id).value()).delivery; }
  std::size_t suppressed() { return mail->suppressions().list().value().size(); }
};

}  // namespace

TEST_CASE("a report is matched by marker, by Message-ID, and by the one the provider gave the message in Sent") {
  Reports world;
  const auto marked = world.sent("a@example.org", "<1@x>", "m1");
  const auto named = world.sent("b@example.org", "<2@x>", "m2");
  const auto renamed = world.sent("c@example.org", "<3@x>", "m3");
  auto copy = make({.id = "sent-m3", .labels = {"SENT"}});
  copy.parsed.message_id = "<given@gmail>";
  REQUIRE(world.sync().store_messages(world.account, {&copy, 1}, at(kNoon)));

  world.comes(Reports::about("", "m1", "a@example.org"), "d1");
  world.comes(Reports::about("<2@x>", "", "b@example.org"), "d2");
  world.comes(Reports::about("<given@gmail>", "", "c@example.org"), "d3");
  world.comes(Reports::about("<unknown@x>", "zz", "c@example.org"), "d4");
  for (const auto id : {marked, named, renamed}) {
    CHECK(world.delivery(id).state == DeliveryState::bounced);
    CHECK(world.delivery(id).status == "5.1.1");
    CHECK(world.delivery(id).diagnostic == "550 no");
  }
  const auto events = world.mail->changes().after(0, {}, 100).value();
  int bounced = 0;
  for (const auto& event : events) bounced += event.event == ChangeEvent::bounced ? 1 : 0;
  CHECK(bounced == 3);
}

TEST_CASE("a delay is followed by a bounce, not the other way round, and updating a row keeps both") {
  Reports world;
  const auto id = world.sent("a@example.org", "<1@x>", "m1");
  world.comes(Reports::about("", "m1", "a@example.org", "4.4.1", DeliveryReport::Action::delayed), "d1");
  CHECK(world.delivery(id).state == DeliveryState::delayed);
  world.comes(Reports::about("", "m1", "a@example.org"), "d2");
  world.comes(Reports::about("", "m1", "a@example.org", "4.4.1", DeliveryReport::Action::delayed), "d3");
  CHECK(world.delivery(id).state == DeliveryState::bounced);
  auto row = *world.mail->outbox().find(id).value();
  row.delivery = {};
  REQUIRE(world.mail->outbox().update(row));
  CHECK(world.delivery(id).state == DeliveryState::bounced);
}

TEST_CASE("what is still in the outbox cannot have bounced") {
  Reports world;
  OutboxRow row;
  row.account = world.account;
  row.state = OutboxState::queued;
  row.message_id = "<1@x>";
  row.marker = "m1";
  const auto id = world.mail->outbox().add(row, Blob("mime")).value().id;
  world.comes(Reports::about("<1@x>", "m1", "a@example.org"));
  CHECK(world.delivery(id).state == DeliveryState::unreported);
}

TEST_CASE("an address that does not exist is suppressed for lists, if the list wrote to it") {
  Reports world;
  world.sent("a@example.org", "<1@x>", "m1");
  world.sent("b@example.org", "<2@x>", "m2", BulkId(1));
  world.comes(Reports::about("", "m1", "a@example.org"), "d1");           // no list
  world.comes(Reports::about("", "m2", "victim@example.org"), "d2");      // not written to
  world.comes(Reports::about("", "m2", "b@example.org", "5.7.1"), "d3");  // a matter of the sender
  CHECK(world.suppressed() == 0);
  OutboxRow waiting;
  waiting.account = world.account;
  waiting.state = OutboxState::queued;
  waiting.recipients = {"b@example.org"};
  waiting.bulk = BulkId(2);
  const auto next = world.mail->outbox().add(waiting, Blob("mime")).value().id;
  world.comes(Reports::about("", "m2", "B@example.org", "5.1.10"), "d4");
  REQUIRE(world.suppressed() == 1);
  CHECK((*world.mail->outbox().find(next).value()).state == OutboxState::cancelled);
  CHECK(world.mail->suppressions().list().value().front().reason == "bounced: 5.1.10");
}
