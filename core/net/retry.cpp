#include "core/net/retry.h"

#include <algorithm>

namespace mailmgr {
namespace {

constexpr milliseconds kLongestBackoff = std::chrono::seconds(32);

// 0 to 1,000 ms, so that many clients do not come back at the same moment.
milliseconds jitter(Random& random) {
  const std::string bytes = random.bytes(2);
  const int value = static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
  return milliseconds(value % 1001);
}

}  // namespace

bool is_worth_retrying(const Error& error, bool is_idempotent) {
  switch (error.code) {
    case Code::unreachable:
    case Code::throttled:
      return true;
    case Code::no_answer:
    case Code::try_later:
      return is_idempotent;
    default:
      return false;
  }
}

bool may_have_been_done(const Error& error) {
  if (error.code == Code::unreachable || error.code == Code::throttled) return false;
  const auto code = exit_class(error.code).code;
  return code == Code::try_later || code == Code::interrupted || code == Code::internal;
}

Result<milliseconds> backoff(const Error& error, int failures, const RetryPolicy& policy, Random& random) {
  if (!is_worth_retrying(error, policy.is_idempotent)) return error;
  const milliseconds doubled = std::chrono::seconds(std::int64_t{1} << std::clamp(failures - 1, 0, 10));
  const milliseconds wait =
      std::max(std::min(doubled + jitter(random), kLongestBackoff), error.retry_after.value_or(milliseconds{0}));
  if (wait <= policy.patience) return wait;
  Error later = error;
  later.code = Code::try_later;
  return later;
}

Status Retry::next(const Error& error, const Stop& stop) {
  if (++failures_ >= policy_.tries) return error;
  const auto wait = backoff(error, failures_, policy_, random_);
  if (!wait) return wait.error();
  if (!stop.may_wait_until(clock_.monotonic() + *wait)) return error;
  if (!clock_.sleep_for(*wait, stop)) return Stop::error();
  return {};
}

}  // namespace mailmgr
