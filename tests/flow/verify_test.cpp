// Verification against both providers' stand-in in process: an equal store is proven equal, whatever was tampered with
// is named, and a repair makes it equal again.
#include "core/flow/verify.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>

#include "tests/flow/sync_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct Verified : SyncedMailbox {
  using SyncedMailbox::SyncedMailbox;

  VerifyReport verify(bool repair = false, bool deep = false) {
    told.clear();
    UsageMeter usage;
    ProviderDeps deps = box.deps();
    deps.usage = &usage;
    const auto mailbox = box.spec.mailbox(deps);
    const VerifyWorld world{
        {*mailbox, store->sync(), store->runs(), leases, box.clock, usage}, store->inventory(), store->reader()};
    const VerifyRequest request{
        {kAccount, scope, false, box.spec.snapshots_streams}, deep, box.spec.stable_bytes, repair};
    auto report = verify_account(
        request, world, [&](const Difference& difference) { told.push_back(difference); }, nullptr, Stop());
    if (report.error) FAIL(report.error->message);
    return report;
  }
  // Kinds of differences, in the order they were told.
  std::string kinds() const {
    std::vector<std::string_view> words;
    for (const auto& difference : told) words.push_back(to_string(difference.kind));
    return fmt::format("{}", fmt::join(words, " "));
  }
  // What another program, or a bug, did to the store.
  void tamper(const std::string& statement) {
    store.reset();
    SQLite::Database(folder.path() + "/mail.db", SQLite::OPEN_READWRITE).exec(statement);
    store = open();
  }

  std::vector<Difference> told;
};

}  // namespace

TEST_CASE("a store that was synced is proven equal, and nothing is fetched for it") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Verified world(kind);
    for (int i = 1; i <= 12; ++i) world.box.deliver(mail(i));
    world.box.control("create_folder", R"({"name":"Work"})");
    REQUIRE(world.sync().complete);
    const auto report = world.verify();
    CHECK(report.compared == 12);
    CHECK(report.differences == 0);
    CHECK(report.complete);
    CHECK(report.outcome());
    CHECK(world.local() == world.remote());
  }
}

TEST_CASE("changes that no sync has seen yet are no differences, and new mail is backlog") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Verified world(kind);
    const auto id = world.box.deliver_id(mail(1));
    const auto gone = world.box.deliver_id(mail(2));
    REQUIRE(world.sync().complete);
    world.box.control("mark", nlohmann::json{{"id", id}, {"starred", true}}.dump());
    world.box.control("delete", nlohmann::json{{"id", gone}}.dump());
    world.box.deliver(mail(3));
    const auto report = world.verify();
    CHECK(report.differences == 0);
    CHECK(report.remaining == 1);
    CHECK_FALSE(report.complete);
    CHECK(report.outcome());
  }
}

TEST_CASE("lost mail, surplus mail and wrong marks are named one by one, and repaired") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Verified world(kind);
    const auto old = world.box.deliver_id(mail(7));
    for (int i = 1; i <= 6; ++i) world.box.deliver(mail(i));
    REQUIRE(world.sync().complete);
    std::string once_there;
    for (int id = 1; id <= 7; ++id) {
      const auto row = world.store->reader().find(MessageId(id)).value();
      if (row->message_id == "<7@example.org>") once_there = row->remote_id.value;
    }
    world.box.control("delete", nlohmann::json{{"id", old}}.dump());
    REQUIRE(world.sync().deleted == 1);
    world.tamper(fmt::format(
        "UPDATE message SET flags = (flags | 2) - (flags & 2) WHERE message_id = '<2@example.org>';"
        "UPDATE message SET remote_id = '{}' WHERE message_id = '<3@example.org>';"
        "DELETE FROM chunk WHERE id / 65536 = (SELECT id FROM message WHERE message_id = '<5@example.org>');",
        once_there));
    const auto found = world.verify();
    CHECK(found.differences == 4);  // the renamed one is both lost and surplus
    REQUIRE(!found.outcome());
    CHECK(found.outcome().error().code == Code::partial);
    auto kinds = world.told;
    const auto count = [&](Divergence wanted) {
      return std::count_if(kinds.begin(), kinds.end(), [&](const auto& d) { return d.kind == wanted; });
    };
    CHECK(count(Divergence::missing) == 2);
    CHECK(count(Divergence::surplus) == 1);
    CHECK(count(Divergence::marks) == 1);
    CHECK(world.verify().differences == 4);  // looking changes nothing

    const auto repaired = world.verify(true);
    CHECK(repaired.differences == 4);
    CHECK(repaired.repaired == 4);
    CHECK(repaired.outcome());
    CHECK(world.verify().differences == 0);
    CHECK(world.local() == world.remote());
  }
}

TEST_CASE("a label that went missing is a difference of marks") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Verified world(kind);
    const auto id = world.box.deliver_id(mail(1));
    world.box.control("label", nlohmann::json{{"id", id}, {"label", "Urgent"}}.dump());
    REQUIRE(world.sync().complete);
    world.tamper("DELETE FROM membership WHERE folder = (SELECT id FROM folder WHERE path = 'Urgent')");
    CHECK(world.verify().differences == 1);
    CHECK(world.told[0].detail == "other folders or labels");
    CHECK(world.told[0].message.value == 1);
    CHECK(world.verify(true).repaired == 1);
    CHECK(world.local() == world.remote());
  }
}

TEST_CASE("mail that left the scope is left alone, as is what is outside of it in the mailbox") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Verified world(kind);
    world.box.deliver(mail(1), R"("received":"2025-06-01T00:00:00Z")");
    world.box.deliver(mail(2), R"("received":"2026-01-15T00:00:00Z")");
    REQUIRE(world.sync().complete);
    world.scope.since = from_rfc3339("2026-01-01T00:00:00Z");
    REQUIRE(world.sync().complete);
    const auto report = world.verify();
    CHECK(report.differences == 0);
    CHECK(world.local().size() == 2);
  }
}

TEST_CASE("what is outside of a narrow scope is not looked up one by one") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Verified world(kind);
    world.box.control("create_folder", R"({"name":"Work"})");
    for (int i = 1; i <= 60; ++i) world.box.deliver(mail(i), R"("received":"2025-06-01T00:00:00Z")");
    world.box.deliver(mail(61), R"("folder":"Work","received":"2026-01-15T00:00:00Z")");
    SUBCASE("of folders") {
      world.scope.include = {"Work"};
    }
    SUBCASE("without a folder") {
      world.scope.exclude = {"inbox"};
    }
    SUBCASE("of time") {
      world.scope.since = from_rfc3339("2026-01-01T00:00:00Z");
    }
    REQUIRE(world.sync().complete);
    const auto report = world.verify();
    CHECK(report.differences == 0);
    CHECK(report.compared == 1);
    CHECK(report.usage.requests < 20);
  }
}

TEST_CASE("an index can be made anew although a message in the store is damaged") {
  Verified world(ProviderKind::google);
  for (int i = 1; i <= 3; ++i) world.box.deliver(mail(i));
  REQUIRE(world.sync().complete);
  world.tamper("UPDATE chunk SET data = x'00' WHERE id = 1 * 65536; UPDATE message SET position = 1 WHERE id = 2");
  SUBCASE("whose content is not looked at") {
    CHECK(world.verify(true).repaired == 1);
    CHECK(world.verify().differences == 0);
  }
  SUBCASE("and is repaired too") {
    CHECK(world.verify(true, true).repaired == 2);
    CHECK(world.verify(false, true).differences == 0);
  }
}

TEST_CASE("an index that lost a message is made anew") {
  Verified world(ProviderKind::google);
  world.box.deliver(mail(1));
  REQUIRE(world.sync().complete);
  world.tamper("UPDATE message SET position = 1");
  CHECK(world.verify().differences == 1);
  CHECK(world.kinds() == "store");
  CHECK(world.verify(true).repaired == 1);
  CHECK(world.verify().differences == 0);
}

TEST_CASE("--deep finds stored bytes that are not what they were, and fetches them again") {
  for (const auto kind : kKinds) {
    CAPTURE(kind);
    Verified world(kind);
    for (int i = 1; i <= 3; ++i) world.box.deliver(mail(i));
    REQUIRE(world.sync().complete);
    CHECK(world.verify(false, true).contents == 3);
    world.tamper("UPDATE chunk SET data = (SELECT data FROM chunk WHERE id = 2 * 65536) WHERE id = 1 * 65536");
    CHECK(world.verify().differences == 0);
    CHECK(world.verify(false, true).differences == 1);
    CHECK(world.kinds() == "content");
    CHECK(world.verify(true, true).repaired == 1);
    CHECK(world.verify(false, true).differences == 0);
  }
}

TEST_CASE("a verification is kept in the log of runs, with what it found") {
  Verified world(ProviderKind::google);
  world.box.deliver(mail(1));
  REQUIRE(world.sync().complete);
  world.tamper("UPDATE message SET flags = (flags | 2) - (flags & 2)");
  const auto report = world.verify();
  std::vector<RunRecord> runs;
  const auto add = [&](const RunRecord& run) {
    runs.push_back(run);
    return true;
  };
  REQUIRE(world.store->runs().list({}, add));
  REQUIRE(runs.size() == 2);
  CHECK(runs[1].run == report.run);
  CHECK(runs[1].kind == RunKind::verify);
  CHECK(runs[1].error_code == "partial");
}

TEST_CASE("verifying waits for nobody: while a sync holds the account it is busy") {
  Verified world(ProviderKind::google);
  const auto lease = world.leases.take("sync-1", milliseconds(0), {}).value();
  UsageMeter usage;
  const auto mailbox = world.box.spec.mailbox(world.box.deps());
  const VerifyWorld verify_world{
      {*mailbox, world.store->sync(), world.store->runs(), world.leases, world.box.clock, usage},
      world.store->inventory(),
      world.store->reader()};
  const auto report = verify_account({{kAccount, {}, false, false}}, verify_world, nullptr, nullptr, Stop());
  REQUIRE(report.error);
  CHECK(report.error->code == Code::busy);
}

TEST_CASE("verifying 100 messages of Gmail costs list pages, not messages") {
  Verified world(ProviderKind::google);
  for (int i = 1; i <= 100; ++i) world.box.deliver(mail(i));
  REQUIRE(world.sync().complete);
  CHECK(world.verify().usage.quota_units < 150);  // fetching them would be 2,000
}
