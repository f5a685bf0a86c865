// How often a random or kill test repeats: `small` in `./dev test`; `full` where MAILMGR_TEST_COUNT is "full", as in
// `./dev soak`; where it is a number, that number.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <string_view>

namespace mailmgr::test {

inline int test_count(int small, int full) {
  const char* count = std::getenv("MAILMGR_TEST_COUNT");
  if (!count) return small;
  return std::string_view(count) == "full" ? full : std::max(1, std::atoi(count));
}

}  // namespace mailmgr::test
