#include "core/net/quota_pacer.h"

#include <doctest/doctest.h>

#include <deque>
#include <thread>

#include "core/net/quota_window.h"
#include "tests/support/fakes.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

constexpr QuotaTable kMinute{.name = "minute", .units = 1000, .window = 1min, .reserve = 100};
constexpr QuotaTable kFourAtOnce{
    .name = "four", .units = 1000, .window = 10min, .at_once = 4, .upload = 10'000, .upload_window = 5min};

struct World {
  FakeClock clock;
  MemoryQuotaLedger ledger;

  QuotaPacer pacer(const QuotaTable& table = kMinute, Urgency urgency = Urgency::foreground,
                   const std::string& user = "ada") {
    return QuotaPacer(table, ledger, user, urgency, clock);
  }
};

// Enters, and is answered `after` the start.
void pass(QuotaPacer& pacer, FakeClock& clock, const Charge& charge, milliseconds after = 0ms) {
  auto passage = pacer.enter(charge, {});
  REQUIRE(passage);
  clock.advance(after);
  (*passage)->end();
}

bool is_about(milliseconds value, milliseconds expected) {
  return value >= expected && value <= expected + expected / 100;
}

}  // namespace

TEST_CASE("what fits goes at once, and what does not waits until enough has left the window") {
  World world;
  auto pacer = world.pacer();
  pass(pacer, world.clock, {.units = 600});
  world.clock.advance(20s);
  pass(pacer, world.clock, {.units = 400});
  CHECK(world.clock.slept() == 0ms);
  pass(pacer, world.clock, {.units = 600});
  CHECK(is_about(world.clock.slept(), 40s));
}

TEST_CASE("a request counts from its start until a window after its answer") {
  World world;
  auto pacer = world.pacer();
  auto slow = pacer.enter({.units = 900}, {}).value();
  world.clock.advance(3min);
  CHECK(world.ledger.record("ada").open.size() == 1);
  slow->end();
  pass(pacer, world.clock, {.units = 900});
  CHECK(is_about(world.clock.slept(), 1min));
}

TEST_CASE("two pacers share what a user may spend, and other users have their own") {
  World world;
  auto one = world.pacer(), two = world.pacer();
  auto other = world.pacer(kMinute, Urgency::foreground, "grace");
  pass(one, world.clock, {.units = 1000});
  pass(other, world.clock, {.units = 1000});
  CHECK(world.clock.slept() == 0ms);
  pass(two, world.clock, {.units = 1});
  CHECK(is_about(world.clock.slept(), 1min));
}

TEST_CASE("what nobody waits for leaves the reserve to what somebody waits for") {
  World world;
  auto sync = world.pacer(kMinute, Urgency::background);
  auto send = world.pacer();
  pass(sync, world.clock, {.units = 900});
  pass(send, world.clock, {.units = 100});
  CHECK(world.clock.slept() == 0ms);
  pass(sync, world.clock, {.units = 1});
  CHECK(is_about(world.clock.slept(), 1min));
}

TEST_CASE("a batch goes in part where there is room for a part, but not for crumbs") {
  World world;
  auto pacer = world.pacer();
  pass(pacer, world.clock, {.units = 600});
  auto part = pacer.enter({.units = 500, .parts = 50}, {}).value();
  CHECK(part->parts() == 40);
  part->end();
  CHECK(world.clock.slept() == 0ms);
  world.clock.advance(61s);
  pass(pacer, world.clock, {.units = 960});
  CHECK(pacer.enter({.units = 500, .parts = 50}, {}).value()->parts() == 50);
  CHECK(is_about(world.clock.slept(), 1min));
}

TEST_CASE("a batch beyond the limit goes in parts that keep to it") {
  World world;
  auto pacer = world.pacer();
  for (std::uint64_t left = 50; left > 0;) {
    auto part = pacer.enter({.units = left * 400, .parts = left}, {}).value();
    CHECK(part->parts() <= 2);
    left -= part->parts();
  }
  CHECK(is_about(world.clock.slept(), 24min));
}

TEST_CASE("a charge beyond every limit goes when nothing else counts") {
  World world;
  auto pacer = world.pacer();
  pass(pacer, world.clock, {.units = 5000});
  CHECK(world.clock.slept() == 0ms);
  pass(pacer, world.clock, {.units = 5000});
  CHECK(is_about(world.clock.slept(), 1min));
}

TEST_CASE("the patience that one was asked for binds all, and is not broken") {
  World world;
  auto one = world.pacer(), two = world.pacer();
  one.hold(100s);
  one.hold(10s);
  pass(two, world.clock, {.units = 1});
  CHECK(world.clock.slept() == 100s);
}

TEST_CASE("patience beyond a run's is not waited for") {
  World world;
  auto pacer = world.pacer();
  pacer.hold(2h);
  const auto refused = pacer.enter({.units = 1}, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::try_later);
  CHECK(refused.error().retry_after == milliseconds(2h));
  CHECK(world.clock.slept() == 0ms);
  world.clock.advance(2h);
  CHECK(pacer.enter({.units = 1}, {}));
}

TEST_CASE("what a provider asks for is believed up to a day") {
  World world;
  auto pacer = world.pacer();
  pacer.hold(24h * 365);
  world.clock.advance(24h);
  CHECK(pacer.enter({.units = 1}, {}));
}

TEST_CASE("a stop ends the waiting, and nothing is spent") {
  World world;
  auto pacer = world.pacer();
  pass(pacer, world.clock, {.units = 1000});
  const Stop deadline = Stop().before(world.clock.monotonic() + 5s);
  const auto stopped = pacer.enter({.units = 1}, deadline);
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Code::interrupted);
  CHECK(world.clock.slept() == 5s);
  CHECK(world.ledger.record("ada").open.empty());
}

TEST_CASE("no more than the limit are on their way at once") {
  World world;
  auto mail = world.pacer(kFourAtOnce), other = world.pacer(kFourAtOnce);
  auto batch = mail.enter({.units = 20}, {}).value();
  const auto busy = other.enter({.units = 1}, Stop().before(world.clock.monotonic() + 10s));
  CHECK_FALSE(busy);
  batch->end();
  auto first = other.enter({.units = 1}, {}).value();
  auto second = mail.enter({.units = 3}, {}).value();
  CHECK_FALSE(other.enter({.units = 1}, Stop().before(world.clock.monotonic() + 10s)));
}

TEST_CASE("who waits for a place of its own process is woken by the one who leaves it") {
  World world;
  auto pacer = world.pacer(kFourAtOnce);
  auto batch = pacer.enter({.units = 20}, {}).value();
  std::jthread next([&] { CHECK(pacer.enter({.units = 20}, {})); });
  batch->end();
  next.join();
  CHECK(world.clock.slept() == 0ms);
}

TEST_CASE("bytes sent have a window of their own") {
  World world;
  auto pacer = world.pacer(kFourAtOnce);
  pass(pacer, world.clock, {.units = 1, .upload = 9'000});
  pass(pacer, world.clock, {.units = 1});
  CHECK(world.clock.slept() == 0ms);
  pass(pacer, world.clock, {.units = 1, .upload = 2'000});
  CHECK(is_about(world.clock.slept(), 5min));
}

TEST_CASE("a clock that is set back delays by a window at most") {
  World world;
  auto pacer = world.pacer();
  pass(pacer, world.clock, {.units = 1000});
  pacer.hold(10s);
  world.clock.set_wall_clock("2020-01-01T00:00:00Z");
  pass(pacer, world.clock, {.units = 1000});
  CHECK(is_about(world.clock.slept(), 1min));
}

TEST_CASE("what a dead process had on its way is dated a minute after its start at the latest") {
  const Time start = from_rfc3339("2026-01-31T09:00:00Z").value();
  QuotaRecord record;
  record.open.push_back({.id = 1, .since = start, .units = 900, .owner = 7, .abandoned = true});
  tidy(record, kMinute, start + 10s);
  REQUIRE(record.spent.size() == 1);
  CHECK(record.open.empty());
  CHECK(record.spent[0].when >= start + 10s);
  CHECK(record.spent[0].when <= start + 11s);
  record.open.push_back({.id = 2, .since = start, .units = 900, .owner = 7, .abandoned = true});
  tidy(record, kMinute, start + 24h);
  REQUIRE(record.spent.size() == 1);
  CHECK(record.spent[0].when <= start + 62s);
}

// Whenever between its start and its answer the provider counts a request.
TEST_CASE("no window of the provider's ever holds more than the limit") {
  for (int seed = 1; seed <= test::test_count(20, 500); ++seed) {
    CAPTURE(seed);
    World world;
    std::mt19937 random(static_cast<unsigned>(seed));
    const auto up_to = [&](int most) { return std::uniform_int_distribution(0, most)(random); };
    std::vector<std::unique_ptr<QuotaPacer>> pacers;
    for (int i = 0; i < 3; ++i) {
      pacers.push_back(std::make_unique<QuotaPacer>(kMinute, world.ledger, "ada",
                                                    i == 0 ? Urgency::foreground : Urgency::background, world.clock));
    }
    std::deque<std::pair<Monotonic, std::uint64_t>> counted;  // the provider's
    std::vector<std::shared_ptr<Passage>> open;
    for (int i = 0; i < 300; ++i) {
      const auto units = static_cast<std::uint64_t>(1 + up_to(200));
      auto passage = pacers[static_cast<std::size_t>(up_to(2))]->enter({.units = units}, {});
      REQUIRE(passage);
      world.clock.advance(milliseconds(up_to(2000)));
      const auto now = world.clock.monotonic();
      counted.emplace_back(now, units);
      std::uint64_t sum = 0;
      for (const auto& [when, amount] : counted) sum += when > now - 1min ? amount : 0;
      REQUIRE(sum <= kMinute.units);
      world.clock.advance(milliseconds(up_to(2000)));
      (*passage)->end();
    }
    CHECK(world.ledger.record("ada").spent.size() <= 260);
  }
}

TEST_CASE("a setting names the table of limits, and may give another number of units and another window") {
  constexpr QuotaTable kTables[] = {kMinute, kFourAtOnce};
  CHECK(choose_quota(kTables, "").value().name == "minute");
  CHECK(choose_quota(kTables, "four").value().at_once == 4);
  CHECK(choose_quota(kTables, "minute:5000").value().units == 5000);
  CHECK(choose_quota(kTables, "minute:5000").value().reserve == 100);
  CHECK(choose_quota(kTables, "minute:10").value().reserve == 1);
  CHECK(choose_quota(kTables, "minute:10").value().window == 1min);
  CHECK(choose_quota(kTables, "minute:2000/2s").value().units == 2000);
  CHECK(choose_quota(kTables, "minute:2000/2s").value().window == 2s);
  CHECK(messages_per_minute(choose_quota(kTables, "minute:2000/2s").value()) == 60'000);
  CHECK(messages_per_minute(choose_quota(kTables, "minute:2000/10m").value()) == 200);
  for (const auto* wrong : {"five", "minute:", "minute:0", "minute:-1", "minute:1x", "minute:99999999999", ":5",
                            "Minute", "minute:5/", "minute:5/2", "minute:5/0s", "minute:5/2d", "minute:/2s"}) {
    CAPTURE(wrong);
    const auto chosen = choose_quota(kTables, wrong);
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().code == Code::usage);
    CHECK(chosen.error().hint.find("minute, four") != std::string::npos);
  }
}
