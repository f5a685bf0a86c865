// Sync against both providers' stand-in in process, with the real store, on virtual time: whatever happens in the
// mailbox and to the requests, in the end the store holds what the mailbox holds.
#include "core/flow/sync.h"

#include <random>

#include "tests/flow/sync_world.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

namespace {

// Random things that happen to a mailbox.
class Life {
 public:
  Life(SyncedMailbox& world, unsigned seed) : box_(world.box), dice_(seed) {}

  void live(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }

 private:
  int roll(int sides) { return static_cast<int>(dice_() % static_cast<unsigned>(sides)); }
  void step() {
    const int what = ids_.size() < 3 ? 0 : roll(8);
    const std::string id = ids_.empty() ? "" : ids_[static_cast<std::size_t>(roll(static_cast<int>(ids_.size())))];
    const json named{{"id", id}};
    constexpr const char* kFolders[] = {"inbox", "trash", "spam", "Work"};
    if (!made_) box_.control("create_folder", R"({"name":"Work"})");
    made_ = true;
    switch (what) {
      case 0:
      case 1:
        ids_.push_back(box_.deliver_id(mail(++number_)));
        break;
      case 2:
        box_.control("mark", json{{"id", id}, {"unread", roll(2) == 0}}.dump());
        break;
      case 3:
        box_.control("mark", json{{"id", id}, {"starred", roll(2) == 0}}.dump());
        break;
      case 4:
      case 5:
        box_.control("move", json{{"id", id}, {"folder", kFolders[roll(4)]}}.dump());
        break;
      case 6:
        box_.control("label", json{{"id", id}, {"label", roll(2) == 0 ? "Urgent" : "Later"}}.dump());
        break;
      default:
        box_.control("delete", named.dump());
        std::erase(ids_, id);
    }
  }

  SandboxMailbox& box_;
  std::mt19937 dice_;
  std::vector<std::string> ids_;
  int number_ = 0;
  bool made_ = false;
};

}  // namespace

TEST_CASE("after any sequence of changes the store equals the mailbox") {
  const int rounds = test_count(6);
  for (const auto kind : kKinds) {
    for (int seed = 1; seed <= rounds; ++seed) {
      CAPTURE(kind);
      CAPTURE(seed);
      SyncedMailbox world(kind);
      Life life(world, static_cast<unsigned>(seed));
      for (int round = 0; round < 6; ++round) {
        life.live(7);
        if (round == 3) world.box.control("expire_cursors");
        const SyncReport report = world.sync();
        if (report.error) FAIL(report.error->message);
        CHECK(report.complete);
        CHECK(world.local() == world.remote());
      }
    }
  }
}

TEST_CASE("with requests failing at random, repeated syncs still end with the truth") {
  const int rounds = test_count(3);
  for (const auto kind : kKinds) {
    for (int seed = 1; seed <= rounds; ++seed) {
      CAPTURE(kind);
      CAPTURE(seed);
      SyncedMailbox world(kind);
      Life life(world, static_cast<unsigned>(seed + 100));
      world.box.control_all("/_sandbox/faults",
                            R"([{"match":{"probability":0.1,"path":"gmail/v1|v1.0"},"action":{"status":503}},
        {"match":{"probability":0.05,"path":"gmail/v1|v1.0"},"action":{"status":401}},
        {"match":{"probability":0.05,"path":"gmail/v1|v1.0"},"action":"reset_mid_body"},
        {"match":{"probability":0.05,"path":"gmail/v1|v1.0"},"action":"malformed_json"},
        {"match":{"probability":0.05,"path":"gmail/v1|v1.0"},"action":{"status":429}}])");
      SyncReport report;
      for (int round = 0; round < 4; ++round) {
        life.live(6);
        report = world.sync();
      }
      for (int again = 0; again < 60 && !report.complete; ++again) {
        world.box.clock.advance(std::chrono::hours(1));
        report = world.sync();
      }
      CHECK(report.complete);
      CHECK(world.local() == world.remote());
    }
  }
}

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

    sandbox::Request heal;
    heal.method = "DELETE";
    heal.path = "/_sandbox/faults";
    heal.headers = {{"Host", "127.0.0.1"}};
    REQUIRE(world.box.sandbox.handle(heal).status == 200);
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
