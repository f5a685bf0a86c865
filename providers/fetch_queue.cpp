#include "providers/fetch_queue.h"

#include <algorithm>
#include <thread>

#include "core/net/retry.h"

namespace mailmgr {
namespace {

constexpr int kPatience = 8;  // whole batches refused in a row, without a message in between
constexpr int kPatienceOffline = 3;
constexpr int kUnauthorized = 4;  // batches on their way with one rejected token, and one more try

const RetryPolicy kPolicy{.is_idempotent = true};

}  // namespace

FetchQueue::FetchQueue(std::span<const RemoteId> ids, Limits limits, BatchSize& size, const FetchSink& sink,
                       const ProviderDeps& deps, const Stop& stop)
    : limits_(limits),
      size_(size),
      sink_(sink),
      clock_(deps.clock),
      random_(deps.random),
      pacer_(deps.pacer),
      stop_(stop) {
  for (const auto& id : ids) jobs_.push_back({id, 0});
}

Status FetchQueue::run(int threads, const std::function<void()>& worker) {
  {
    std::vector<std::jthread> helpers;
    // A few ids are one batch: no thread is started for them.
    const auto batches = (jobs_.size() + batch_jobs() - 1) / batch_jobs();
    for (int i = 1; i < threads && static_cast<std::size_t>(i) < batches; ++i) helpers.emplace_back(worker);
    worker();
  }
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  return {};
}

FetchQueue::Batch FetchQueue::take() {
  if (!wait_out_pause()) return {};
  Batch batch{next_jobs(), nullptr};
  if (batch.jobs.empty() || !pacer_) return batch;
  auto passage = pacer_->enter({.units = batch.jobs.size() * limits_.units, .parts = batch.jobs.size()}, stop_);
  if (!passage) {
    if (passage.error().code == Code::interrupted) {
      stop_taking();
    } else {
      end(std::move(passage).error());
    }
    return {};
  }
  const auto rest = batch.jobs.begin() + static_cast<std::ptrdiff_t>((*passage)->parts());
  put_back({rest, batch.jobs.end()});
  batch.jobs.erase(rest, batch.jobs.end());
  batch.passage = *std::move(passage);
  return batch;
}

std::vector<FetchQueue::Job> FetchQueue::next_jobs() {
  const auto largest = batch_jobs();
  const std::lock_guard lock(mutex_);
  std::vector<Job> jobs;
  while (!ended_ && !jobs_.empty() && jobs.size() < largest) {
    jobs.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  return jobs;
}

std::size_t FetchQueue::batch_jobs() const {
  return std::clamp<std::size_t>(size_.get() / limits_.parts, 1, most_);
}

bool FetchQueue::wait_out_pause() {
  while (true) {
    milliseconds wait(0);
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return false;
      if (pause_until_) {
        wait = std::chrono::ceil<milliseconds>(*pause_until_ - clock_.monotonic());
        if (wait <= milliseconds(0)) pause_until_.reset();
      }
    }
    if (stop_.requested(clock_)) {
      stop_taking();
      return false;
    }
    if (wait <= milliseconds(0)) return true;
    if (!clock_.sleep_for(wait, stop_)) {
      stop_taking();
      return false;
    }
  }
}

bool FetchQueue::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void FetchQueue::deliver(const Job& job, Result<Fetched> result) {
  if (ended()) return;
  const bool fetched = result.has_value();
  const bool wanted = sink_(job.id, std::move(result));
  const std::lock_guard lock(mutex_);
  if (fetched) refusals_in_a_row_ = 0;
  if (!wanted) ended_ = true;
}

void FetchQueue::fail(Job job, const Error& error) {
  bool again = ++job.failures < limits_.attempts;
  if (again) {
    const std::lock_guard lock(mutex_);
    const auto delay = backoff(error, job.failures, kPolicy, random_);
    again = delay.has_value();
    if (again) {
      // Only a failing remainder is worth a pause; while there is other work, that comes first.
      const auto until = clock_.monotonic() + *delay;
      if (jobs_.empty()) pause_until_ = std::max(pause_until_.value_or(until), until);
      jobs_.push_back(job);
    }
  }
  if (!again) deliver(job, error);
}

void FetchQueue::settle(Job job, const Error& error) {
  switch (error.code) {
    case Code::interrupted:
    case Code::token_rejected:
    case Code::auth_required:
    case Code::store:
    case Code::config:
      return end(error);
    case Code::throttled:
    case Code::unreachable:
      return hold_back({std::move(job)}, error);
    case Code::no_answer:
    case Code::try_later:
      return fail(std::move(job), error);
    default:
      return deliver(job, error);
  }
}

void FetchQueue::put_back(std::vector<Job> jobs) {
  const std::lock_guard lock(mutex_);
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) jobs_.push_front(std::move(*job));
}

void FetchQueue::halve(std::vector<Job> jobs, const Error& error) {
  if (jobs.size() == 1) return deliver(jobs.front(), error);
  most_ = std::max<std::size_t>(1, std::min(batch_jobs(), jobs.size()) / 2);
  put_back(std::move(jobs));
}

void FetchQueue::hold_back(std::vector<Job> jobs, const Error& error) {
  const bool offline = error.code == Code::unreachable;
  if (jobs.size() == 1 && !offline && error.code != Code::throttled) return fail(std::move(jobs.front()), error);
  put_back(std::move(jobs));
  size_.shrink();
  std::optional<Error> enough;
  {
    const std::lock_guard lock(mutex_);
    // Threads that were at it when the pause began meet the same refusal: that counts once.
    const bool pausing = pause_until_ && *pause_until_ > clock_.monotonic();
    if (!pausing) ++refusals_in_a_row_;
    const bool patient = refusals_in_a_row_ < (offline ? kPatienceOffline : kPatience);
    const auto delay = patient ? backoff(error, refusals_in_a_row_, kPolicy, random_) : Result<milliseconds>(error);
    if (delay) {
      const auto until = clock_.monotonic() + *delay;
      pause_until_ = std::max(pause_until_.value_or(until), until);
    } else {
      enough = delay.error();
    }
  }
  if (enough) end(*std::move(enough));
}

void FetchQueue::unauthorized(std::vector<Job> jobs) {
  put_back(std::move(jobs));
  bool enough = false;
  {
    const std::lock_guard lock(mutex_);
    enough = ++unauthorized_ > kUnauthorized;
  }
  if (enough) {
    end({Code::token_rejected, "fetching messages: the access token was not accepted",
         "log in again: mailmgr login --account NAME"});
  }
}

void FetchQueue::went_well() {
  size_.went_well();
  // Large messages lie together at most; the next ones may be small again.
  most_ = std::min<std::size_t>(most_ * 2, kLargestBatch);
}

void FetchQueue::stop_taking() {
  const std::lock_guard lock(mutex_);
  if (!error_ && !ended_) error_ = Stop::error();
}

void FetchQueue::end(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_ && !ended_) error_ = std::move(error);
  ended_ = true;
}

}  // namespace mailmgr
