// Runs that take long: with a backlog, over weeks, and against a peer that never answers.
#include <algorithm>
#include <functional>

#include "tests/flow/sync_exact.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

TEST_CASE("a run that goes on with a listing and its backlog fetches new mail first") {
  SyncedMailbox world(ProviderKind::google);
  for (int i = 1; i <= 1200; ++i) world.box.deliver(mail(i));
  // Stopped between two pages of the listing: after the first, and that of what is large.
  sync_until(world, [](const auto& requests) { return listings(requests) == 2; });
  CHECK(world.store->sync().position(kAccount)->streams.front().enumerating);
  world.box.deliver(mail(5000));
  // The first batch brings labels and changes, the next ones the first of all those messages.
  sync_until(world, [](const auto& requests) { return batches(requests) >= 6; });
  CHECK(world.local().contains("<5000@example.org>"));
  CHECK(world.local().size() < 400);
  CHECK(world.sync().complete);
  check_equal(world);
}

TEST_CASE("in a run of hours new mail is seen and fetched while the backlog drains") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    for (int i = 1; i <= 1100; ++i) world.box.deliver(mail(i), R"("received":"2025-06-01T00:00:00Z")");
    std::ptrdiff_t at = 0;
    bool arrived = false;
    world.box.http.between_requests([&] {
      if (++at % 5 == 0) world.box.clock.advance(std::chrono::minutes(1));
      if (at != 8) return;
      world.box.deliver(mail(5000));
      arrived = true;
    });
    const SyncReport report = world.sync();
    world.box.http.between_requests(nullptr);
    CHECK(arrived);
    CHECK(report.complete);
    CHECK(report.fetched == 1101);
    check_equal(world);
  }
}

TEST_CASE("once a week all ids are compared, and what both sides had missed is put right") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    for (int i = 1; i <= 5; ++i) world.box.deliver(mail(i));
    const SyncReport first = world.sync();
    CHECK(first.complete);
    CHECK_FALSE(first.reconciled);  // the first run lists everything anyway
    // As if a change had never been told.
    const auto lost = json::parse(world.box.control("state"))["messages"][0]["id"].get<std::string>();
    const RemoteId remote(lost);
    Page page;
    page.changes = {{remote, Presence::gone, {}, {}, {}, true}};
    const auto position = world.store->sync().position(kAccount).value();
    page.next = position.streams.front().cursor;
    REQUIRE(world.store->sync().apply_page(kAccount, position.streams.front().stream, page));
    CHECK(world.local().size() == 4);

    CHECK_FALSE(world.sync().reconciled);
    CHECK(world.local().size() == 4);
    world.box.clock.advance(kWeek);
    const SyncReport compared = world.sync();
    CHECK(compared.complete);
    CHECK(compared.reconciled);
    CHECK(compared.fetched == 1);
    check_equal(world);
    CHECK_FALSE(world.sync().reconciled);
  }
}

namespace {

// Takes connections and never says a word.
class DeadPeer final : public HttpClient {
 public:
  explicit DeadPeer(FakeClock& clock) : clock_(clock) {}
  Result<HttpResponse> send(const HttpRequest& request, const Stop& stop) override {
    clock_.sleep_for(request.deadline, stop);
    if (stop.requested(clock_)) return Stop::error();
    return Error{Code::no_answer, "no answer within the deadline"};
  }

 private:
  FakeClock& clock_;
};

SyncReport sync_with(SyncedMailbox& world, HttpClient& http, const Stop& stop) {
  UsageMeter usage;
  const ProviderDeps deps{http, world.box.tokens, world.box.clock, world.box.random, world.box.endpoints, "me", &usage};
  const auto mailbox = world.box.spec.mailbox(deps);
  const SyncWorld parts{*mailbox, world.store->sync(), world.store->runs(), world.leases, world.box.clock, usage};
  return sync_account({kAccount, {}, false, world.box.spec.snapshots_streams}, parts, nullptr, stop);
}

}  // namespace

TEST_CASE("a run whose peer never answers ends by its deadlines, and at --max-time when that is sooner") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    SyncedMailbox world(kind);
    world.box.deliver(mail(1));
    REQUIRE(world.sync().complete);
    DeadPeer dead(world.box.clock);
    const SyncReport patient = sync_with(world, dead, {});
    REQUIRE(patient.error);
    CHECK(patient.error->code == Code::no_answer);
    CHECK(patient.took < std::chrono::minutes(15));

    const auto minutes = std::chrono::minutes(3);
    const SyncReport brief = sync_with(world, dead, Stop().before(world.box.clock.monotonic() + minutes));
    CHECK_FALSE(brief.error);
    CHECK_FALSE(brief.complete);
    CHECK(brief.took == minutes);
    // Nobody is to think that all is well because no run failed.
    const auto history = world.store->runs().history(kAccount).value();
    CHECK(history.last_success < world.box.clock.now() - minutes);
    CHECK(history.last->error_code == "interrupted");
  }
}
