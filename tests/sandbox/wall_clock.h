// The machine's time as a Clock, for the sandbox's program; tests bring their own clock.
#pragma once

#include "core/ports/clock.h"

namespace mailmgr::sandbox {

class WallClock : public Clock {
 public:
  Time now() override;
  Monotonic monotonic() override;
  bool sleep_for(milliseconds duration, const Stop& stop) override;
};

}  // namespace mailmgr::sandbox
