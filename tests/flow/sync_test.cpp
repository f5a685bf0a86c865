// Sync against both providers' stand-in in process, with the real store, on virtual time: what a run
// asks for, and what it does about mail that cannot be had.
#include "core/flow/sync.h"

#include "tests/flow/sync_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE("a sync that finds nothing new makes one request to Gmail") {
  SyncedMailbox world(ProviderKind::google);
  world.box.deliver(mail(1));
  REQUIRE(world.sync().complete);
  const SyncReport empty = world.sync();
  CHECK(empty.complete);
  CHECK(empty.fetched == 0);
  CHECK(empty.usage.requests == 1);
}

TEST_CASE("after an expired cursor nothing that is stored is fetched again") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    for (int i = 1; i <= 20; ++i) world.box.deliver(mail(i));
    CHECK(world.sync().fetched == 20);
    world.box.control("expire_cursors");
    const SyncReport again = world.sync();
    CHECK(again.complete);
    CHECK(again.fetched == 0);
    CHECK(world.sync(true).fetched == 0);
  }
}

TEST_CASE("a message that cannot be fetched is counted, does not hold up the others, and comes later") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1));
    world.box.control_all("/_sandbox/faults",
                          R"({"match":{"path":"format=raw|[$]value|internetMessageHeaders"},"action":{"status":500}})");
    const SyncReport first = world.sync();
    CHECK(first.failed == 1);
    CHECK(!first.complete);
    REQUIRE(!first.outcome());
    CHECK(first.outcome().error().code == Code::partial);

    world.box.remove_faults();
    for (int i = 2; i <= 10; ++i) world.box.deliver(mail(i));
    const SyncReport between = world.sync();  // it is not due yet
    CHECK(between.fetched == 9);
    CHECK(between.failed == 1);
    CHECK(between.outcome());
    CHECK(!between.complete);
    world.box.clock.advance(std::chrono::hours(1));
    CHECK(world.sync().complete);
    CHECK(world.local() == world.remote());
  }
}

TEST_CASE("mail received before the sync start stays away") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1), R"("received":"2025-06-01T00:00:00Z")");
    world.box.deliver(mail(2), R"("received":"2026-01-15T00:00:00Z")");
    world.scope.since = from_rfc3339("2026-01-01T00:00:00Z");
    CHECK(world.sync().complete);
    CHECK(world.local().size() == 1);
    CHECK(world.sync().fetched == 0);
  }
}

TEST_CASE("a second sync of an account whose lease is held is busy") {
  SyncedMailbox world(ProviderKind::google);
  const auto lease = world.leases.take("sync-1", milliseconds(0), {}).value();
  const SyncReport report = world.sync();
  REQUIRE(report.error);
  CHECK(report.error->code == Code::busy);
}
