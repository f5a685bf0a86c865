// Randomness as a parameter: the system's generator in the program, a seeded one in tests.
#pragma once

#include <cstddef>
#include <string>

namespace mailmgr {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::string bytes(std::size_t count) = 0;  // unpredictable; never fails (an unusable system source aborts)
};

}  // namespace mailmgr
