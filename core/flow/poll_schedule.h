// How long a long-running sync waits between two looks: briefly while things happen, longer and longer while nothing
// does, and longer still while the provider or the network fails.
#pragma once

#include <algorithm>

#include "core/base/time.h"

namespace mailmgr {

class PollSchedule {
 public:
  // Microsoft advises against asking for changes more often than every 30 seconds.
  static constexpr milliseconds kShortest = std::chrono::seconds(30);

  explicit PollSchedule(milliseconds longest) : longest_(std::max(longest, milliseconds(std::chrono::seconds(1)))) {}

  // The wait after a look that found something, nothing, or ended with an error that passes.
  milliseconds after_news() { return next_ = shortest(); }
  milliseconds after_nothing() { return next_ = std::min(std::max(next_ * 3 / 2, shortest()), longest_); }
  milliseconds after_error() { return next_ = longest_; }

 private:
  milliseconds shortest() const { return std::min(kShortest, longest_); }

  milliseconds longest_;
  milliseconds next_{};
};

}  // namespace mailmgr
