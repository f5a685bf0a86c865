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

milliseconds Retry::wait_for(const Error& error) {
  const milliseconds doubled = std::chrono::seconds(std::int64_t{1} << std::min(failures_ - 1, 10));
  return std::max(std::min(doubled + jitter(random_), kLongestBackoff), error.retry_after.value_or(milliseconds{0}));
}

Status Retry::next(const Error& error, const Stop& stop) {
  ++failures_;
  if (!is_worth_retrying(error, policy_.is_idempotent) || failures_ >= policy_.tries) return error;
  const milliseconds wait = wait_for(error);
  if (wait > policy_.patience) {
    Error later = error;
    later.code = Code::try_later;
    return later;
  }
  if (!clock_.sleep_for(wait, stop)) return Stop::error();
  return {};
}

}  // namespace mailmgr
