// The machine's clocks.
#pragma once

#include "core/ports/clock.h"

namespace mailmgr {

class SystemClock final : public Clock {
 public:
  Time now() override;
  Monotonic monotonic() override;
  // Wakes at once on a stop request, and at the stop's own deadline.
  bool sleep_for(milliseconds duration, const Stop& stop) override;
};

}  // namespace mailmgr
