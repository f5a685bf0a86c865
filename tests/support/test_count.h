// How often a random test repeats: MAILMGR_TEST_COUNT where it is set, as `./dev soak` does.
#pragma once

#include <algorithm>
#include <cstdlib>

namespace mailmgr::test {

inline int test_count(int small) {
  const char* count = std::getenv("MAILMGR_TEST_COUNT");
  return count ? std::max(1, std::atoi(count)) : small;
}

}  // namespace mailmgr::test
