// When to try again. A call that may be repeated waits min(2^n seconds + jitter, 32 seconds) after its n-th failure, or
// as long as the provider asked for (truncated exponential backoff, as Google and Microsoft both document it). What may
// already have been processed is repeated only where the caller says that repeating does no harm.
#pragma once

#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"

namespace mailmgr {

// What a provider asks for beyond this is not believed.
inline constexpr milliseconds kLongestPatience = std::chrono::hours(24);

struct RetryPolicy {
  bool is_idempotent = false;  // doing it twice is the same as doing it once
  int tries = 5;               // in all
  // A provider that asks for more patience than this is not waited for: the error is returned as try_later.
  milliseconds patience = std::chrono::minutes(5);
};

// unreachable and throttled were certainly not processed; no_answer and try_later may have been.
bool is_worth_retrying(const Error& error, bool is_idempotent);

// Whether what was asked for may have been done all the same: nothing that is certain was heard of it.
bool may_have_been_done(const Error& error);

// How long to wait after the `failures`-th failure in a row, 1 or more; the error to end with when it does not pass or
// asks for more than the policy's patience.
Result<milliseconds> backoff(const Error& error, int failures, const RetryPolicy& policy, Random& random);

// The tries of one call.
class Retry {
 public:
  Retry(RetryPolicy policy, Clock& clock, Random& random) : policy_(policy), clock_(clock), random_(random) {}

  // After a failure: waits and succeeds when the call should be made again; otherwise the error to end with (`error`
  // itself, or interrupted).
  Status next(const Error& error, const Stop& stop);

 private:
  RetryPolicy policy_;
  Clock& clock_;
  Random& random_;
  int failures_ = 0;
};

// Makes a call, which returns a Result, until it succeeds or is not worth repeating.
template <class Call>
auto with_retries(Retry retry, const Stop& stop, Call call) -> decltype(call()) {
  while (true) {
    auto result = call();
    if (result) return result;
    if (auto again = retry.next(result.error(), stop); !again) return again.error();
  }
}

}  // namespace mailmgr
