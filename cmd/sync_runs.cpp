#include "cmd/sync_runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>

#include "cmd/app.h"
#include "cmd/output/progress.h"
#include "core/flow/access.h"
#include "core/flow/sync_preview.h"
#include "store/store.h"

namespace mailmgr {
namespace {

// One line for all accounts that are under way.
class SharedProgress {
 public:
  SharedProgress(App& app, const std::vector<AccountRecord>& accounts, std::function<void()> alive)
      : app_(app),
        progress_(app.err(), accounts.size() == 1 ? accounts.front().name : fmt::format("{} accounts", accounts.size()),
                  app.shows_progress()),
        alive_(std::move(alive)) {}

  void show(const SyncReport& report) {
    const std::lock_guard lock(mutex_);
    accounts_[report.account] = {report.fetched, report.remaining};
    std::uint64_t done = 0, remaining = 0;
    for (const auto& [account, counts] : accounts_) {
      done += counts.first;
      remaining += counts.second;
    }
    {
      const auto turn = app_.talking();
      progress_.show(done, remaining);
    }
    if (alive_) alive_();
  }

 private:
  App& app_;
  std::mutex mutex_;
  output::Progress progress_;
  std::function<void()> alive_;
  std::map<AccountId, std::pair<std::uint64_t, std::uint64_t>> accounts_;
};

SyncReport failure(App& app, const AccountRecord& account, const Error& error) {
  SyncReport report;
  report.account = account.id;
  report.started = app.clock().now();
  report.error = error;
  return report;
}

// A run that ends before anything can be asked (no key, no provider) is one all the same: `log` and `status` tell of
// it.
SyncReport failed_run(App& app, store::MailStore& mail, const AccountRecord& account, const Error& error) {
  auto report = failure(app, account, error);
  const auto run = mail.runs().begin(account.id, RunKind::sync, report.started);
  if (!run) return report;  // the first error counts
  RunRecord record;
  record.run = *run;
  record.account = account.id;
  record.started = report.started;
  record.ended = app.clock().now();
  record.error_code = exit_class(error.code).name;
  record.error = error.message;
  if (mail.runs().end(record)) report.run = *run;
  return report;
}

SyncReport sync_one(App& app, const AccountRecord& account, const SyncChoices& choices, SharedProgress& progress,
                    const Stop& stop) {
  auto mail = app.mail();
  if (!mail) return failure(app, account, mail.error());
  auto leases = app.leases();
  if (!leases) return failure(app, account, leases.error());
  auto connection = app.connect(account);
  if (!connection) {
    return choices.dry_run ? failure(app, account, connection.error())
                           : failed_run(app, **mail, account, connection.error());
  }
  if (auto reads = check_access(account, connection->grant.access, Permission::read, "syncing"); !reads) {
    return failure(app, account, reads.error());
  }
  const SyncRequest request{account.id,
                            {account.since, account.include, account.exclude},
                            choices.full,
                            connection->spec->snapshots_streams,
                            choices.wait};
  const SyncWorld world{*connection->mailbox, (*mail)->sync(),   (*mail)->runs(), **leases,
                        app.clock(),          *connection->usage};
  if (choices.dry_run) return preview_sync(request, world, (*mail)->inventory(), stop);
  return sync_account(
      request, world, [&](const SyncReport& report) { progress.show(report); }, stop);
}

}  // namespace

Status run_syncs(App& app, const std::vector<AccountRecord>& accounts, const SyncChoices& choices, const Stop& stop,
                 const std::function<void(const AccountRecord&, const SyncReport&)>& done) {
  const std::size_t threads = std::min(choices.jobs, accounts.size());
  // One for each thread: `app` itself is for `done`, which is called from all of them. A single thread needs no other.
  std::vector<std::unique_ptr<App>> worlds;
  for (std::size_t i = 0; threads > 1 && i < threads; ++i) {
    auto other = app.another();
    if (!other) return other.error();
    worlds.push_back(*std::move(other));
  }
  std::mutex mutex;
  std::size_t next = 0;
  SharedProgress progress(app, accounts, choices.alive);
  const auto work = [&](App& world) {
    while (true) {
      std::size_t mine = 0;
      {
        const std::lock_guard lock(mutex);
        if (next == accounts.size() || stop.interrupted()) return;
        mine = next++;
      }
      const SyncReport report = sync_one(world, accounts[mine], choices, progress, stop);
      const std::lock_guard lock(mutex);
      done(accounts[mine], report);
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (auto& world : worlds) helpers.emplace_back([&work, &world] { work(*world); });
    if (threads == 1) work(app);
  }
  return {};
}

}  // namespace mailmgr
