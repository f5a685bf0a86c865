#include "core/system/system_clock.h"

#include <algorithm>

#include "core/system/waiter.h"

namespace mailmgr {

Time SystemClock::now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

Monotonic SystemClock::monotonic() {
  return std::chrono::steady_clock::now();
}

bool SystemClock::sleep_for(milliseconds duration, const Stop& stop) {
  constexpr milliseconds kLongest = std::chrono::hours(24 * 365);  // later additions must not overflow
  Waiter waiter(stop, monotonic() + std::clamp(duration, milliseconds{0}, kLongest));
  std::vector<pollfd> nothing;
  return waiter.wait(nothing) != Waiter::Outcome::stopped;
}

}  // namespace mailmgr
