// What a sync asks of a provider's quota, on virtual time against a sandbox that enforces it.
#include <doctest/doctest.h>

#include <thread>

#include "core/net/quota_pacer.h"
#include "core/system/file_quota_ledger.h"
#include "core/system/system_random.h"
#include "tests/flow/sync_world.h"
#include "tests/support/test_count.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

QuotaTable table(ProviderKind kind, std::string_view quota = "") {
  return choose_quota(provider_spec(kind).quotas, quota).value();
}

// A mailbox whose provider enforces its limits, and a sync that is paced.
struct PacedMailbox : SyncedMailbox {
  explicit PacedMailbox(ProviderKind kind, sandbox::QuotaMode mode = sandbox::QuotaMode::off,
                        std::string_view quota_name = "")
      : SyncedMailbox(kind, mode),
        limits(table(kind, quota_name)),
        paced(limits, ledger, "user", Urgency::background, box.clock) {
    pacer = &paced;
    quota = limits.name;
    // Time stands still while a request is answered: who waits for the quota does so when nothing is on its way.
    box.clock.before_sleep = [this] {
      while (!ledger.record("user").open.empty()) std::this_thread::yield();
    };
  }

  void fill(int count) {
    for (int i = 0; i < count; ++i) box.deliver(mail(delivered++));
    box.http.forget_requests();
    box.control_all("/_sandbox/stats/reset", "");
  }

  nlohmann::json stats() {
    sandbox::Request request;
    request.method = "GET";
    request.path = "/_sandbox/stats";
    request.headers = {{"Host", "127.0.0.1"}};
    return nlohmann::json::parse(box.sandbox.handle(request).body);
  }
  // How often messages were asked for, singly or in batches.
  std::uint64_t asked_for_messages() {
    const auto all = stats();
    const auto* path = box.spec.kind == ProviderKind::google ? "GET /gmail/v1/users/{user}/messages/{id}"
                                                             : "GET /v1.0/me/messages/{id}/$value";
    return all["batch_parts_by_path"].value(path, std::uint64_t{0}) + all["by_path"].value(path, std::uint64_t{0});
  }
  std::size_t stored() { return local().size(); }

  QuotaTable limits;
  MemoryQuotaLedger ledger;
  QuotaPacer paced;
  int delivered = 1;
};

std::uint64_t batches(std::uint64_t requests, std::uint64_t size) {
  return (requests + size - 1) / size;
}

}  // namespace

TEST_CASE("a first sync rides just under Gmail's limit, and nearly every unit buys a message") {
  struct Limit {
    sandbox::QuotaMode mode;
    std::string_view name;
    int windows;
  };
  const int more = std::min(test_count(1, 4), 4);
  for (const auto& [mode, name, windows] : {Limit{sandbox::QuotaMode::gmail_new, "gmail-new", 5 * more},
                                            Limit{sandbox::QuotaMode::gmail_old, "gmail-old", 2 * more}}) {
    CAPTURE(name);
    PacedMailbox world(ProviderKind::google, mode, name);
    // 96 of 100 units that so many minutes grant.
    const auto messages = windows * static_cast<int>(world.limits.units / world.limits.message * 96 / 100);
    world.fill(messages);
    const auto began = world.box.clock.monotonic();
    const auto report = world.sync();
    const std::chrono::duration<double, std::ratio<60>> took = world.box.clock.monotonic() - began;
    CHECK(report.complete);
    CHECK(world.stored() == static_cast<std::size_t>(messages));

    const auto wanted = static_cast<std::uint64_t>(messages);
    CHECK(world.asked_for_messages() - wanted <= wanted / 100);
    const auto units = world.stats()["quota_units"].get<std::uint64_t>();
    CHECK(wanted * world.limits.message * 100 >= units * 95);
    CHECK(report.usage.quota_units == units);

    // The first minute's units are there at once.
    CHECK(took.count() >= windows - 1);
    CHECK(took.count() <= (windows - 1) * 1.01);
    const auto lists = batches(wanted, 500);
    CHECK(report.usage.requests <= batches(wanted, 45) + lists + 4);
  }
}

TEST_CASE("N new messages cost ceil(N/50) requests at Gmail, and a poll that finds nothing one of 3 units") {
  PacedMailbox world(ProviderKind::google, sandbox::QuotaMode::gmail_new);
  world.fill(200);
  const auto first = world.sync();
  CHECK(first.complete);
  // Batches, the lists of all and of large mail, labels, profile, the changes meanwhile.
  CHECK(first.usage.requests <= batches(200, 50) + 2 + 3);
  world.fill(60);
  const auto second = world.sync();
  CHECK(second.fetched == 60);
  CHECK(second.usage.requests == 1 + batches(60, 50));
  const auto idle = world.sync();
  CHECK(idle.usage.requests == 1);
  CHECK(idle.usage.quota_units == 3);
  CHECK(world.box.clock.slept() <= 1min);
}

TEST_CASE("a poll that finds nothing costs Graph one part for each folder and one for their list") {
  for (const int folders : {0, 30}) {
    CAPTURE(folders);
    PacedMailbox world(ProviderKind::microsoft, sandbox::QuotaMode::gmail_new);
    for (int i = 0; i < folders; ++i) world.box.control("create_folder", fmt::format(R"({{"name":"Folder {}"}})", i));
    world.fill(45);
    const auto first = world.sync();
    CHECK(first.complete);
    CHECK(world.stored() == 45);
    const auto all = world.store->sync().position(kAccount).value().folders.size();
    const auto idle = world.sync();
    CHECK(idle.complete);
    CHECK(idle.usage.quota_units == all + 1);
    CHECK(idle.usage.requests == batches(all + 1, 20));
  }
}

TEST_CASE("Graph gets no more than four requests of a mailbox at once, and no part is refused") {
  PacedMailbox world(ProviderKind::microsoft, sandbox::QuotaMode::gmail_new);
  world.fill(300);
  const auto report = world.sync();
  CHECK(report.complete);
  CHECK(world.stored() == 300);
  CHECK(world.asked_for_messages() == 300);
  CHECK(report.usage.requests <= batches(300, 20) + 5);
}

TEST_CASE("two programs that sync the same user stay under the limit together") {
  TempFolder data;
  SystemRandom random;
  FileQuotaLedger one(data.path(), random), two(data.path(), random);
  PacedMailbox world(ProviderKind::google, sandbox::QuotaMode::gmail_new);
  QuotaPacer first(world.limits, one, "user", Urgency::background, world.box.clock);
  QuotaPacer second(world.limits, two, "user", Urgency::background, world.box.clock);
  world.fill(400);

  TempFolder folder;
  const auto other_store = store::MailStore::open(folder.path(), store::OpenMode::write).value();
  MemoryLeases other_leases;
  SyncReport other_report;
  {
    std::jthread other([&] {
      UsageMeter usage;
      ProviderDeps deps = world.box.deps();
      deps.usage = &usage;
      deps.pacer = &second;
      const auto mailbox = world.box.spec.mailbox(deps);
      const SyncWorld other_world{*mailbox,     other_store->sync(), other_store->runs(),
                                  other_leases, world.box.clock,     usage};
      other_report = sync_account({kAccount, {}, false, false}, other_world, nullptr, {});
    });
    world.pacer = &first;
    CHECK(world.sync().complete);
  }
  CHECK(other_report.complete);
  CHECK(other_report.fetched == 400);
  CHECK(world.asked_for_messages() - 800 <= 8);
  CHECK(world.box.clock.slept() >= 2min);  // 16,000 units
}

TEST_CASE("without a pacer of its own a sync is refused, waits as long as it is told, and loses nothing") {
  PacedMailbox world(ProviderKind::google, sandbox::QuotaMode::gmail_new);
  world.pacer = nullptr;
  world.fill(700);
  const auto report = world.sync();
  CHECK(report.complete);
  CHECK(world.stored() == 700);
  CHECK(report.failed == 0);
  CHECK_FALSE(report.met_failures);
}

TEST_CASE("another program's spending is found out by a refusal, which all of this machine's wait for") {
  PacedMailbox world(ProviderKind::google, sandbox::QuotaMode::gmail_new);
  world.fill(200);
  CHECK(world.sync().complete);
  world.fill(200);
  // The ledger is gone, the provider's memory is not.
  MemoryQuotaLedger forgetful;
  QuotaPacer pacer(world.limits, forgetful, "user", Urgency::background, world.box.clock);
  QuotaPacer foreground(world.limits, forgetful, "user", Urgency::foreground, world.box.clock);
  world.pacer = &pacer;
  CHECK(world.sync().complete);
  CHECK(world.stored() == 400);
  CHECK(forgetful.record("user").blocked_until > Time());
  CHECK(world.box.clock.slept() >= 30s);
  CHECK(foreground.enter({}, {}));
}

TEST_CASE("a day's quota that is used up ends the run, blames no message, and is not asked for again at once") {
  PacedMailbox world(ProviderKind::google);
  world.fill(120);
  world.box.control_all("/_sandbox/faults",
                        R"({"match":{"path":"/messages/"},"action":{"error":"dailyLimitExceeded"}})");
  const auto report = world.sync();
  REQUIRE(report.error);
  CHECK(report.error->code == Code::try_later);
  CHECK(report.error->hint.find("daily quota") != std::string::npos);
  CHECK(report.failed == 0);
  CHECK(report.remaining == 120);
  CHECK(world.asked_for_messages() <= 100);  // two batches were on their way
  CHECK(world.box.clock.slept() < 1min);

  world.box.http.forget_requests();
  const auto again = world.sync();
  REQUIRE(again.error);
  CHECK(again.error->code == Code::try_later);
  CHECK(world.box.http.requests().empty());
}

TEST_CASE("a deadline ends the waiting for the quota, and the next run goes on") {
  PacedMailbox world(ProviderKind::google, sandbox::QuotaMode::gmail_new);
  world.fill(400);
  const auto began = world.box.clock.monotonic();
  const auto report = world.sync(false, Stop().before(began + 30s));
  CHECK_FALSE(report.error);
  CHECK(report.fetched >= 290);
  CHECK(report.remaining == 400 - report.fetched);
  CHECK(world.box.clock.monotonic() - began <= 31s);
  CHECK(world.sync().complete);
  CHECK(world.stored() == 400);
  CHECK(world.asked_for_messages() == 400);
}

TEST_CASE("batches find the size that a provider takes, and hardly anything is refused afterwards") {
  PacedMailbox world(ProviderKind::google);
  world.box.control_all("/_sandbox/faults", R"({"match":{"path":"/messages/"},
      "action":{"error":"concurrentRequests"},"times":25})");
  world.fill(500);
  const auto report = world.sync();
  CHECK(report.complete);
  CHECK(world.stored() == 500);
  CHECK(world.asked_for_messages() == 525);
}
