// Stop goes through every blocking call and every flow: it says "end now, cleanly", because a person pressed Ctrl-C or
// because a deadline (`--max-time`, a login's timeout) has passed.
#pragma once

#include <optional>
#include <stop_token>

#include "core/base/error.h"
#include "core/ports/clock.h"

namespace mailmgr {

class Stop {
 public:
  Stop() = default;  // never stops
  explicit Stop(std::stop_token token, std::optional<Monotonic> deadline = std::nullopt)
      : token_(std::move(token)), deadline_(deadline) {}

  // The same stop with an earlier deadline; the sooner of the two counts.
  [[nodiscard]] Stop before(Monotonic deadline) const {
    Stop stop = *this;
    if (!deadline_ || deadline < *deadline_) stop.deadline_ = deadline;
    return stop;
  }

  // The same stop for work that somebody else will take up again: no failure is waited out beyond `time`. Unlike the
  // deadline it cuts nothing short, and the failure itself is what the caller hears.
  [[nodiscard]] Stop retrying_until(Monotonic time) const {
    Stop stop = *this;
    stop.last_retry_ = time;
    return stop;
  }
  bool may_wait_until(Monotonic time) const { return !last_retry_ || time <= *last_retry_; }

  bool interrupted() const { return token_.stop_requested(); }
  bool expired(Clock& clock) const { return deadline_ && clock.monotonic() >= *deadline_; }
  bool requested(Clock& clock) const { return interrupted() || expired(clock); }

  const std::stop_token& token() const { return token_; }
  std::optional<Monotonic> deadline() const { return deadline_; }

  // What a call that ended because of this Stop returns.
  static Error error() { return {Code::interrupted, "stopped before it was finished", "run the same command again"}; }

 private:
  std::stop_token token_;
  std::optional<Monotonic> deadline_;
  std::optional<Monotonic> last_retry_;
};

}  // namespace mailmgr
