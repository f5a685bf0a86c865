// Large mail: found by one cheap listing, brought alone, and stored byte for byte.
#include <algorithm>

#include "tests/flow/sync_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

std::string large_mail(int number, std::size_t bytes) {
  std::string text = mail(number);
  while (text.size() < bytes) text += "0123456789012345678901234567890123456789012345678901234567890123456789\r\n";
  return text;
}

long count(const std::vector<std::string>& requests, std::string_view part) {
  return std::count_if(requests.begin(), requests.end(),
                       [&](const auto& request) { return request.find(part) != request.npos; });
}

// Without the header, to which Graph's servers add fields.
std::string body(const std::string& message) {
  return message.substr(message.find("\r\n\r\n"));
}

std::string stored(SyncedMailbox& world, const std::string& message_id) {
  std::string bytes;
  const auto query = query::parse("rfc822msgid:" + message_id, world.box.clock.now()).value();
  const auto add = [&](const MessageRow& row) {
    bytes = world.store->reader().raw(row.id).value().bytes().value();
    return true;
  };
  REQUIRE(world.store->reader().search(query, {}, {}, add));
  return bytes;
}

}  // namespace

TEST_CASE("Gmail: a first sync finds large mail by one listing and brings it apart from the batches") {
  SyncedMailbox world(ProviderKind::google);
  const auto large = large_mail(3, std::size_t{5} << 20);
  for (int number = 0; number < 6; ++number) {
    world.box.deliver_id(number == 3 ? large : mail(number));
  }
  const auto report = world.sync();
  CHECK(report.complete);
  CHECK(report.fetched == 6);
  CHECK(count(world.box.http.requests(), "larger") == 1);
  CHECK(count(world.box.http.requests(), "batch") == 1);
  CHECK(count(world.box.http.requests(), "format=raw") == 1);
  CHECK((stored(world, "<3@example.org>") == large));  // in parentheses: a failure does not print it
  CHECK(world.local() == world.remote());
}

TEST_CASE("Gmail: where a listing brings nothing new nobody asks for sizes") {
  SyncedMailbox world(ProviderKind::google);
  world.box.deliver_id(mail(1));
  CHECK(world.sync().complete);
  world.box.http.forget_requests();
  CHECK(world.sync(true).complete);
  CHECK(count(world.box.http.requests(), "larger") == 0);
}

TEST_CASE("a batch with large mail in it is read like any other") {
  for (const auto kind : kKinds) {
    CAPTURE(to_string(kind));
    SyncedMailbox world(kind);
    world.box.deliver_id(mail(1));
    CHECK(world.sync().complete);
    const auto large = large_mail(2, std::size_t{9} << 20);
    for (int number = 2; number < 6; ++number) {
      world.box.deliver_id(number == 2 ? large : mail(number));
    }
    world.box.http.forget_requests();
    const auto report = world.sync();
    CHECK(report.complete);
    CHECK(report.fetched == 4);
    CHECK(count(world.box.http.requests(), "batch") <= 3);  // folders, what changed, and the mail
    CHECK(body(stored(world, "<2@example.org>")).size() == body(large).size());
    CHECK((body(stored(world, "<2@example.org>")) == body(large)));
  }
}
