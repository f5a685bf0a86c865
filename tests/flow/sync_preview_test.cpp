// A dry run of a sync: it tells what the next sync would do, and does nothing.
#include "core/flow/sync_preview.h"

#include "tests/flow/sync_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using nlohmann::json;

namespace {

struct Previewed : SyncedMailbox {
  using SyncedMailbox::SyncedMailbox;
  SyncReport preview() {
    UsageMeter usage;
    ProviderDeps deps = box.deps();
    deps.usage = &usage;
    const auto mailbox = box.spec.mailbox(deps);
    const SyncWorld world{*mailbox, store->sync(), store->runs(), leases, box.clock, usage};
    const auto report =
        preview_sync({kAccount, scope, false, box.spec.snapshots_streams}, world, store->inventory(), {});
    if (report.error) FAIL(report.error->message);
    return report;
  }
};

}  // namespace

TEST_CASE("a dry run tells what the next sync would bring, change and remove, and changes nothing") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Previewed world(kind);
    const auto marked = world.box.deliver_id(mail(1));
    const auto removed = world.box.deliver_id(mail(2));
    world.box.deliver(mail(3));
    REQUIRE(world.sync().complete);
    const auto before = world.local();
    world.box.control("mark", json{{"id", marked}, {"starred", true}}.dump());
    world.box.control("delete", json{{"id", removed}}.dump());
    world.box.deliver(mail(4));
    for (int again = 0; again < 2; ++again) {
      const auto report = world.preview();
      CHECK(report.fetched == 1);
      CHECK(report.changed + report.deleted == 2);
      CHECK(report.remaining == 0);
    }
    CHECK(world.local() == before);
    const auto synced = world.sync();
    CHECK(synced.fetched == 1);
    CHECK(world.local() == world.remote());
  }
}

TEST_CASE("before the first sync a dry run gives the provider's estimate") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Previewed world(kind);
    for (int i = 1; i <= 7; ++i) world.box.deliver(mail(i));
    const auto report = world.preview();
    CHECK(report.fetched == 0);
    CHECK(report.remaining == 7);
    CHECK(world.local().empty());
  }
}
