#include "core/flow/sync.h"

#include <fmt/format.h>

#include "core/flow/enumerate.h"
#include "core/flow/fetch.h"

namespace mailmgr {
namespace {

// Long rounds, because the network and the writer wait for each other between two of them.
constexpr int kPagesPerRound = 8;
constexpr std::size_t kFetchPerRound = 4000;

class AccountSync {
 public:
  AccountSync(const SyncRequest& request, const SyncWorld& world, const SyncProgress& progress)
      : request_(request), world_(world), progress_(progress) {}

  SyncReport run(const Stop& stop) {
    report_.account = request_.account;
    report_.started = world_.clock.now();
    const auto began = world_.clock.monotonic();
    auto lease = world_.leases.take("sync-" + std::to_string(request_.account.value), request_.lease_patience, stop);
    if (!lease) {
      report_.error = lease.error();
      return std::move(report_);
    }
    auto run = world_.runs.begin(request_.account, RunKind::sync, report_.started);
    if (!run) {
      report_.error = run.error();
      return std::move(report_);
    }
    report_.run = *run;

    const Status worked = work(stop);
    // A deadline is an agreed end; what is left is told by `remaining`.
    const bool out_of_time = !worked && worked.error().code == Code::interrupted && !stop.interrupted();
    if (!worked && !out_of_time) report_.error = unnamed(worked.error());
    finish(worked.has_value());
    report_.took = std::chrono::duration_cast<milliseconds>(world_.clock.monotonic() - began);
    record();
    return std::move(report_);
  }

 private:
  Status work(const Stop& stop) {
    Enumeration enumeration(request_, world_, report_);
    Fetching fetching(request_, enumeration.scope(), world_, report_, [this] { tell(); });
    if (auto begun = enumeration.begin(stop); !begun) return begun;
    has_answer_ = true;
    for (;;) {
      for (int page = 0; page == 0 || (page < kPagesPerRound && !enumeration.finished()); ++page) {
        if (stop.requested(world_.clock)) return Stop::error();
        if (auto stepped = enumeration.step(stop); !stepped) return stepped;
      }
      if (auto counted = count_remaining(); !counted) return counted;
      auto drained = fetching.drain(kFetchPerRound, stop);
      if (!drained) return drained.error();
      if (!enumeration.finished()) continue;
      if (auto removed = remove_gone_drafts(); !removed) return removed;
      if (*drained > 0) continue;
      auto again = enumeration.reconcile(stop);
      if (!again) return again.error();
      if (!*again) return enumeration.end(stop);
    }
  }

  // What came with their going is fetched by now.
  Status remove_gone_drafts() {
    if (unsettled_ == 0) return {};
    auto removed = world_.store.remove_gone_drafts(request_.account);
    if (!removed) return removed.error();
    report_.deleted += removed->deleted;
    return {};
  }

  Status count_remaining() {
    auto counts = world_.store.counts(request_.account);
    if (!counts) return counts.error();
    report_.remaining = counts->remaining;
    report_.failed = counts->failed;
    unsettled_ = counts->unsettled;
    tell();
    return {};
  }

  void finish(bool reached_the_end) {
    if (auto counted = count_remaining(); !counted && !report_.error) report_.error = counted.error();
    report_.complete = reached_the_end && !report_.error && report_.remaining == 0 && unsettled_ == 0;
  }

  void tell() {
    report_.usage = world_.usage.total();
    if (progress_) progress_(report_);
  }

  void record() {
    RunRecord record;
    record.run = report_.run;
    record.account = request_.account;
    record.started = report_.started;
    record.ended = report_.started + report_.took;
    record.fetched = report_.fetched;
    record.changed = report_.changed;
    record.deleted = report_.deleted;
    record.failed = report_.failed;
    record.remaining = report_.remaining;
    record.bytes = report_.bytes;
    record.requests = report_.usage.requests;
    record.quota_units = report_.usage.quota_units;
    record.complete = report_.complete;
    // A run that its deadline ended before the provider said anything is no good sync, although it is no failure.
    std::optional<Error> trouble = report_.error;
    if (!trouble && !has_answer_) trouble = Error{Code::interrupted, "the time was up before the provider answered"};
    if (trouble) {
      record.error_code = exit_class(trouble->code).name;
      record.error = trouble->message;
    }
    if (auto ended = world_.runs.end(record); !ended && !report_.error) report_.error = ended.error();
  }

  const SyncRequest& request_;
  const SyncWorld& world_;
  const SyncProgress& progress_;
  SyncReport report_;
  std::uint64_t unsettled_ = 0;
  bool has_answer_ = false;  // from the provider
};

}  // namespace

Status SyncReport::outcome() const {
  if (error) return *error;
  if (!met_failures) return {};
  return Error{Code::partial, fmt::format("{} messages could not be fetched; they will be tried again", failed),
               fmt::format("mailmgr log --run {} names them", run.value)};
}

SyncReport sync_account(const SyncRequest& request, const SyncWorld& world, const SyncProgress& progress,
                        const Stop& stop) {
  return AccountSync(request, world, progress).run(stop);
}

}  // namespace mailmgr
