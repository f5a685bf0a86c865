// Time as a parameter. Tests pass a clock that only moves when told, so nothing in core asks the system for the time.
#pragma once

#include <chrono>

#include "core/base/time.h"

namespace mailmgr {

class Stop;

using Monotonic = std::chrono::steady_clock::time_point;  // for deadlines: never jumps

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() = 0;  // wall clock
  virtual Monotonic monotonic() = 0;
  // Waits for `duration`, shorter when `stop` is requested; false in that case.
  virtual bool sleep_for(milliseconds duration, const Stop& stop) = 0;
};

}  // namespace mailmgr
