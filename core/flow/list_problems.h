// What is wrong with the lines of a list, told together, so that a person corrects them at once.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace mailmgr {

class ListProblems {
 public:
  void add(std::size_t line, std::string_view problem) {
    if (++count_ <= kShown) told_.push_back(fmt::format("line {}: {}", line, problem));
  }
  bool empty() const { return count_ == 0; }
  // usage, with the first few.
  Error error(std::string hint) const {
    std::string text = fmt::format("{}", fmt::join(told_, "; "));
    if (count_ > told_.size()) text += fmt::format("; and {} more", count_ - told_.size());
    return {Code::usage, std::move(text), std::move(hint)};
  }

 private:
  static constexpr std::size_t kShown = 5;
  std::vector<std::string> told_;
  std::size_t count_ = 0;
};

}  // namespace mailmgr
