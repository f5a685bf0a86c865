// How requests keep to a provider's quota.
#include <doctest/doctest.h>

#include "core/net/quota_pacer.h"
#include "providers/api_client.h"
#include "providers/batch_size.h"
#include "providers/fetch_queue.h"
#include "tests/providers/fixture.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

constexpr QuotaTable kTable{.name = "test", .units = 100, .window = 1min, .at_once = 4};

Error by_status(const HttpResponse& answer, Time now) {
  return error_of_answer(answer, {}, now);
}

struct World : Scripted {
  MemoryQuotaLedger ledger;
  QuotaPacer pacer{kTable, ledger, "user", Urgency::foreground, clock};
  ApiClient client = [this] {
    auto d = deps("https://api.test");
    d.pacer = &pacer;
    return ApiClient(d, by_status);
  }();

  std::size_t on_their_way() { return ledger.record("user").open.size(); }
  bool held() { return ledger.record("user").blocked_until > clock.now(); }
};

}  // namespace

TEST_CASE("a request is charged what it costs and counts as being on its way until its answer is there") {
  World world;
  world.http.answer_with([&](const HttpRequest&) {
    CHECK(world.on_their_way() == 1);
    return Result<HttpResponse>(HttpResponse{200, {}, "{}"});
  });
  CHECK(world.client.send({.what = "x", .path = "/a", .units = 90}, {}));
  CHECK(world.on_their_way() == 0);
  world.http.answer(200, "{}");
  CHECK(world.client.send({.what = "x", .path = "/a", .units = 90}, {}));
  CHECK(world.clock.slept() >= 1min);
}

TEST_CASE("every attempt is charged, and one with a new token is not kept waiting by the one before") {
  World world;
  world.http.answer(401);
  world.http.answer(503);
  world.http.answer(200, "{}");
  CHECK(world.client.send({.what = "x", .path = "/a", .units = 4}, {}));
  CHECK(world.on_their_way() == 0);
  std::uint64_t units = 0;
  for (const auto& spent : world.ledger.record("user").spent) units += spent.units;
  CHECK(units == 8);
  CHECK(world.clock.slept() <= 2s);
}

TEST_CASE("patience that a refusal asks for binds everybody, but for what is limited apart") {
  World world;
  world.http.answer(429, "", {{"Retry-After", "7200"}});
  const auto limits_of_sending = world.client.send({.what = "x", .path = "/a", .limited_apart = true}, {});
  CHECK(limits_of_sending.error().code == Code::try_later);
  CHECK_FALSE(world.held());

  world.http.answer(429, "", {{"Retry-After", "7200"}});
  CHECK(world.client.send({.what = "x", .path = "/a"}, {}).error().code == Code::try_later);
  CHECK(world.held());
  const auto asked = world.http.requests().size();
  CHECK(world.client.send({.what = "x", .path = "/a"}, {}).error().code == Code::try_later);
  CHECK(world.http.requests().size() == asked);
  CHECK(world.clock.slept() == 0ms);
}

TEST_CASE("a batch takes no more messages than the quota has room for, and leaves the others in their order") {
  World world;
  std::vector<RemoteId> ids;
  for (int i = 0; i < 60; ++i) ids.emplace_back(std::to_string(i));
  BatchSize size(50);
  std::vector<std::string> delivered;
  const FetchSink sink = [&](const RemoteId& id, Result<Fetched>) {
    delivered.push_back(id.value);
    return true;
  };
  auto deps = world.deps("https://api.test");
  deps.pacer = &world.pacer;
  const Stop stop;
  FetchQueue queue(ids, {.attempts = 4, .units = 3}, size, sink, deps, stop);
  std::vector<std::size_t> sizes;
  CHECK(queue.run(1, [&] {
    for (auto batch = queue.take(); !batch.jobs.empty(); batch = queue.take()) {
      sizes.push_back(batch.jobs.size());
      for (const auto& job : batch.jobs) queue.deliver(job, Fetched());
      batch.passage->end();
    }
  }));
  CHECK(sizes == std::vector<std::size_t>{33, 27});
  REQUIRE(delivered.size() == 60);
  CHECK(delivered[33] == "33");
  CHECK(delivered[59] == "59");
}

TEST_CASE("what a provider refuses makes batches smaller at once, and what it takes makes them larger slowly") {
  BatchSize size(50);
  size.went_well();
  CHECK(size.get() == 50);
  size.shrink();
  CHECK(size.get() == 25);
  for (int i = 0; i < 8; ++i) size.went_well();
  CHECK(size.get() == 27);
  for (int i = 0; i < 10; ++i) size.shrink();
  CHECK(size.get() == 1);
  for (int i = 0; i < 1000; ++i) size.went_well();
  CHECK(size.get() == 50);
}
