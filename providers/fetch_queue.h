// What several threads share while they fetch messages in batches: the ids still to do, how many to take at once, and
// when to hold back. A batch waits until the quota has room for it; where there is room for a part of it alone, that
// part goes, so that no unit is left over.
#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "core/ports/provider.h"
#include "providers/batch_size.h"

namespace mailmgr {

class FetchQueue {
 public:
  struct Limits {
    int attempts;           // per message, failures that may pass
    std::uint64_t units;    // of the quota, per message
    std::size_t parts = 1;  // of a batch, per message
  };
  struct Job {
    RemoteId id;
    int failures = 0;
  };

  struct Batch {
    std::vector<Job> jobs;
    std::shared_ptr<Passage> passage;  // null where there is no pacer
  };

  // `size` outlives the queue, and what it has learnt serves the next.
  FetchQueue(std::span<const RemoteId> ids, Limits limits, BatchSize& size, const FetchSink& sink,
             const ProviderDeps& deps, const Stop& stop);

  // Runs `worker` on up to `threads` threads, the caller's among them, until it returned on all of them; the fetch's
  // outcome. `worker` takes batches until it gets an empty one.
  Status run(int threads, const std::function<void()>& worker);

  // The next batch, after waiting out a pause and for the quota. Empty when nothing is left for this thread or the
  // fetch has ended.
  Batch take();
  bool ended() const;

  // Hands a message, or the error that is its alone, to the sink.
  void deliver(const Job& job, Result<Fetched> result);
  // The job failed with an error that may pass: done again later, or delivered when it has failed too often.
  void fail(Job job, const Error& error);
  // What the error of a request about this one message means: its own, to be tried again, or the fetch's end.
  void settle(Job job, const Error& error);
  // These together are more than an answer may hold: batches shrink, and a message that is too much alone fails.
  void halve(std::vector<Job> jobs, const Error& error);
  // The provider asked for patience with these jobs, or did not answer for the batch as a whole: everybody waits,
  // batches shrink (so that a message which breaks its batch ends up alone), and after long patience the fetch ends.
  void hold_back(std::vector<Job> jobs, const Error& error);
  // Parts of a batch were answered 401 (its token was rejected meanwhile): asked again, but not for ever.
  void unauthorized(std::vector<Job> jobs);
  void went_well();
  // The fetch as a whole cannot go on.
  void end(Error error);

 private:
  static constexpr std::size_t kLargestBatch = 100;  // of any provider

  void put_back(std::vector<Job> jobs);
  bool wait_out_pause();
  // The stop was requested: what others have on its way, and has been paid for, is still delivered.
  void stop_taking();
  std::vector<Job> next_jobs();
  std::size_t batch_jobs() const;

  const Limits limits_;
  BatchSize& size_;
  const FetchSink& sink_;
  Clock& clock_;
  Random& random_;
  Pacer* pacer_;
  const Stop& stop_;

  mutable std::mutex mutex_;
  std::deque<Job> jobs_;
  std::atomic<std::size_t> most_ = kLargestBatch;  // in a batch, because of the size of the messages
  std::optional<Monotonic> pause_until_;
  int refusals_in_a_row_ = 0;  // of whole batches, without a message in between
  int unauthorized_ = 0;
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace mailmgr
