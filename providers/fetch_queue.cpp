#include "providers/fetch_queue.h"

#include <algorithm>
#include <thread>

#include "core/net/retry.h"

namespace mailmgr {
namespace {

constexpr int kPatience = 8;  // whole batches refused in a row, without a message in between
constexpr int kPatienceOffline = 3;
constexpr milliseconds kLongestWait = std::chrono::minutes(5);
constexpr int kUnauthorized = 4;  // batches on their way with one rejected token, and one more try

// How long everybody waits after the `failures`-th failure in a row: as core/net/retry.h, but shared by all threads.
// nullopt: longer than a run should wait, or it does not pass.
std::optional<milliseconds> delay_after(const Error& error, int failures, Random& random) {
  if (!is_worth_retrying(error, true)) return std::nullopt;
  const auto dice = random.bytes(2);
  const milliseconds jitter((static_cast<unsigned char>(dice[0]) << 8 | static_cast<unsigned char>(dice[1])) % 1000);
  const milliseconds doubled = std::chrono::seconds(1 << std::clamp(failures - 1, 0, 5));
  const auto delay = std::max(doubled, error.retry_after.value_or(milliseconds(0))) + jitter;
  return delay <= kLongestWait ? std::optional(delay) : std::nullopt;
}

}  // namespace

FetchQueue::FetchQueue(std::span<const RemoteId> ids, Limits limits, const FetchSink& sink, Clock& clock,
                       Random& random, const Stop& stop)
    : limits_(limits), sink_(sink), clock_(clock), random_(random), stop_(stop), batch_(limits.first_batch) {
  for (const auto& id : ids) jobs_.push_back({id, 0});
}

Status FetchQueue::run(int threads, const std::function<void()>& worker) {
  {
    std::vector<std::jthread> helpers;
    // A few ids are one batch: no thread is started for them.
    const auto batches = (jobs_.size() + batch_ - 1) / batch_;
    for (int i = 1; i < threads && static_cast<std::size_t>(i) < batches; ++i) helpers.emplace_back(worker);
    worker();
  }
  const std::lock_guard lock(mutex_);
  if (error_) return *error_;
  return {};
}

std::vector<FetchQueue::Job> FetchQueue::take() {
  if (!wait_out_pause()) return {};
  const std::lock_guard lock(mutex_);
  std::vector<Job> batch;
  while (!ended_ && !jobs_.empty() && batch.size() < batch_) {
    batch.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  return batch;
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
      end(Stop::error());
      return false;
    }
    if (wait <= milliseconds(0)) return true;
    if (!clock_.sleep_for(wait, stop_)) {
      end(Stop::error());
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
    const auto delay = delay_after(error, job.failures, random_);
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
  for (auto& job : jobs) jobs_.push_front(std::move(job));
}

void FetchQueue::halve(std::vector<Job> jobs, const Error& error) {
  if (jobs.size() == 1) return deliver(jobs.front(), error);
  const std::lock_guard lock(mutex_);
  batch_ = std::max<std::size_t>(1, std::min(batch_, jobs.size()) / 2);
  for (auto& job : jobs) jobs_.push_front(std::move(job));
}

void FetchQueue::hold_back(std::vector<Job> jobs, const Error& error) {
  const bool offline = error.code == Code::unreachable;
  if (jobs.size() == 1 && !offline && error.code != Code::throttled) return fail(std::move(jobs.front()), error);
  std::optional<milliseconds> delay;
  {
    const std::lock_guard lock(mutex_);
    for (auto& job : jobs) jobs_.push_front(std::move(job));
    batch_ = std::max<std::size_t>(1, batch_ / 2);
    // Threads that were at it when the pause began meet the same refusal: that counts once.
    const bool pausing = pause_until_ && *pause_until_ > clock_.monotonic();
    if (!pausing) ++refusals_in_a_row_;
    const bool patient = refusals_in_a_row_ < (offline ? kPatienceOffline : kPatience);
    delay = patient ? delay_after(error, refusals_in_a_row_, random_) : std::nullopt;
    if (delay) {
      const auto until = clock_.monotonic() + *delay;
      pause_until_ = std::max(pause_until_.value_or(until), until);
    }
  }
  if (!delay) end(error);
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
  const std::lock_guard lock(mutex_);
  batch_ = std::min(limits_.largest_batch, batch_ + std::max<std::size_t>(1, batch_ / 4));
}

void FetchQueue::end(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_ && !ended_) error_ = std::move(error);
  ended_ = true;
}

}  // namespace mailmgr
