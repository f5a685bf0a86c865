// Runs of the real program that a failpoint ends (core/base/failpoint.h).
#pragma once

#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/base/failpoint.h"
#include "tests/e2e/world.h"
#include "tests/support/test_count.h"

namespace mailmgr::test {

inline constexpr int kKilled = 128 + SIGKILL;

inline Ended run_armed(const Home& home, const std::vector<std::string>& words, std::string_view place, int pass) {
  Start start = home.start(words);
  start.environment["MAILMGR_FAILPOINT"] = std::string(place) + ":" + std::to_string(pass);
  return run(start);
}

inline std::set<std::string_view> places_of(const std::vector<std::string_view>& groups) {
  std::set<std::string_view> places;
  for (const auto place : kFailpoints) {
    const auto in_group = [place](std::string_view group) { return place.starts_with(group); };
    if (std::any_of(groups.begin(), groups.end(), in_group)) places.insert(place);
  }
  return places;
}

// Which times that a failpoint is passed; in a soak all of them.
enum class Passes {
  most,  // the first three, then each one twice as late
  some,  // the first, fourth, sixteenth and so on
};

inline int next_pass(Passes passes, int pass) {
  if (test_count(1, 2) > 1) return pass + 1;
  return passes == Passes::some ? pass * 4 : pass < 3 ? pass + 1 : pass * 2;
}

// Kills `words` in the home that `prepare` gives, at each failpoint of these groups and at these times it is passed,
// until it ends by itself; `check` looks at what every kill left. Returns the failpoints that were passed.
inline std::set<std::string_view> kill_everywhere(const std::vector<std::string_view>& groups, Passes passes,
                                                  const std::vector<std::string>& words,
                                                  const std::function<const Home&()>& prepare,
                                                  const std::function<void(const Home&)>& check) {
  std::set<std::string_view> passed;
  for (const auto place : places_of(groups)) {
    for (int pass = 1;; pass = next_pass(passes, pass)) {
      CAPTURE(place);
      CAPTURE(pass);
      const Home& home = prepare();
      const Ended ended = run_armed(home, words, place, pass);
      if (ended.exit_code != kKilled) {
        CHECK_MESSAGE(ended.exit_code == 0, ended.err);
        break;
      }
      passed.insert(place);
      check(home);
    }
  }
  return passed;
}

}  // namespace mailmgr::test
