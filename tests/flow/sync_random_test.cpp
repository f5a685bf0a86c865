// Whatever happens in the mailbox, to the requests and to the scope, in the end the store holds what the mailbox holds:
// ids, marks, places, threads, bytes, and one entry in the index. Random sequences, in process and on virtual time;
// MAILMGR_TEST_COUNT sets how many per provider, and the seed of a failing one is printed.
#include <set>

#include "tests/flow/sync_life.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

constexpr auto kOverAWeek = std::chrono::hours(24 * 7);

// Syncs until nothing is left, with `pause` before each run for what waits to be tried again.
SyncReport sync_to_the_end(SyncedMailbox& world, milliseconds pause) {
  SyncReport report;
  for (int run = 0; run < 40 && !report.complete; ++run) {
    world.box.clock.advance(pause);
    report = world.sync();
  }
  const auto why = report.error ? report.error->message : std::string();
  CHECK_MESSAGE(report.complete, why, report.remaining);
  return report;
}

// `run` with a fresh mailbox for each seed and provider; the seed is shown where something fails.
void for_each_seed(int small, const std::function<void(SyncedMailbox&, Life&)>& run) {
  const int seeds = test_count(small, 500);
  for (const auto kind : kKinds) {
    for (int seed = 1; seed <= seeds; ++seed) {
      CAPTURE(kind);
      CAPTURE(seed);
      SyncedMailbox world(kind);
      Life life(world.box, static_cast<unsigned>(seed));
      run(world, life);
    }
  }
}

// Everything that can happen to a request and says nothing that is not true.
constexpr const char* kHonestFaults = R"([
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":{"status":503}},
  {"match":{"probability":0.02,"path":"gmail/v1|v1.0"},"action":{"status":500}},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":{"status":401}},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":{"status":429}},
  {"match":{"probability":0.03,"path":"gmail/v1"},"action":{"error":"rateLimitExceeded","status":403}},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":"reset_before"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":"reset_after"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":"reset_mid_body"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":"truncate"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":"drip"},
  {"match":{"probability":0.03,"path":"gmail/v1|v1.0"},"action":"malformed_json"},
  {"match":{"probability":0.02,"path":"gmail/v1|v1.0"},"action":"html"},
  {"match":{"probability":0.1,"path":"history|pageToken"},"action":"repeat"},
  {"match":{"probability":0.05,"path":"history"},"action":{"error":"notFound","status":404}},
  {"match":{"probability":0.05,"path":"pageToken"},"action":{"error":"badRequest","status":400}},
  {"match":{"probability":0.1,"path":"messages/delta"},"action":{"status":410,"body":{"error":{"code":"SyncStateNotFound","message":"gone"}}}}])";

}  // namespace

TEST_CASE("after any sequence of changes the store equals the mailbox exactly") {
  for_each_seed(4, [](SyncedMailbox& world, Life& life) {
    for (int round = 0; round < 6; ++round) {
      life.live(8);
      if (life.roll(4) == 0) world.box.control("expire_cursors");
      if (life.roll(2) == 0) life.live(2);
      const SyncReport report = world.sync(life.roll(8) == 0);
      const auto why = report.error ? report.error->message : std::string();
      CHECK_MESSAGE(report.complete, why);
      check_equal(world);
    }
  });
}

TEST_CASE("with requests going wrong in every way, repeated syncs still end with the truth") {
  for_each_seed(4, [](SyncedMailbox& world, Life& life) {
    world.box.control_all("/_sandbox/faults", kHonestFaults);
    for (int round = 0; round < 5; ++round) {
      life.live(8);
      if (life.roll(4) == 0) world.box.control("expire_cursors");
      (void)world.sync();
      world.box.clock.advance(std::chrono::minutes(life.roll(600)));
    }
    (void)sync_to_the_end(world, std::chrono::hours(1));
    // Not only faults that pass hide nothing: what the last run did without them is exact.
    world.box.remove_faults();
    CHECK(sync_to_the_end(world, std::chrono::hours(1)).complete);
    check_equal(world);
  });
}

TEST_CASE("what other hands do between any two requests of a sync is in the store after the next") {
  for_each_seed(4, [](SyncedMailbox& world, Life& life) {
    for (int round = 0; round < 4; ++round) {
      life.live(6);
      if (life.roll(3) == 0) world.box.control("expire_cursors");
      world.box.http.between_requests([&] {
        if (life.roll(3) == 0) life.step();
      });
      (void)world.sync();
      world.box.http.between_requests(nullptr);
      (void)sync_to_the_end(world, std::chrono::minutes(10));
      check_equal(world);
    }
  });
}

TEST_CASE("messages wrongly said to be gone come back with the weekly comparison") {
  for_each_seed(3, [](SyncedMailbox& world, Life& life) {
    life.live(20);
    world.box.control_all(
        "/_sandbox/faults",
        R"J([{"match":{"probability":0.2,"path":"/messages/[^?/]+([?]|$)"},"action":{"status":404}}])J");
    for (int round = 0; round < 3; ++round) {
      (void)world.sync();
      life.live(5);
    }
    world.box.remove_faults();
    const SyncReport compared = sync_to_the_end(world, kOverAWeek);
    CHECK(compared.reconciled);
    check_equal(world);
  });
}
