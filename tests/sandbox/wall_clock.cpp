#include "tests/sandbox/wall_clock.h"

#include <algorithm>
#include <thread>

#include "core/ports/stop.h"

namespace mailmgr::sandbox {

Time WallClock::now() {
  return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

Monotonic WallClock::monotonic() {
  return std::chrono::steady_clock::now();
}

bool WallClock::sleep_for(milliseconds duration, const Stop& stop) {
  constexpr milliseconds kLook{20};
  for (const auto end = monotonic() + duration; monotonic() < end;) {
    if (stop.requested(*this)) return false;
    std::this_thread::sleep_for(std::min<Monotonic::duration>(kLook, end - monotonic()));
  }
  return true;
}

}  // namespace mailmgr::sandbox
