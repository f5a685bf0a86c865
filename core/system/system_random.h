// The kernel's random numbers (getrandom), fit for keys, states and nonces.
#pragma once

#include "core/ports/random.h"

namespace mailmgr {

class SystemRandom final : public Random {
 public:
  std::string bytes(std::size_t count) override;
};

}  // namespace mailmgr
