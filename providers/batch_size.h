// How many requests one batch holds. It shrinks when the provider refuses some of them, and grows again slowly while
// all goes well: neither provider publishes how many it takes at once, and asking for more is paid in refusals. Safe to
// use from several threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <mutex>

namespace mailmgr {

class BatchSize {
 public:
  explicit BatchSize(std::size_t largest) : largest_(largest), size_(largest) {}

  std::size_t get() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  void shrink() {
    const std::lock_guard lock(mutex_);
    size_ = std::max<std::size_t>(1, size_ / 2);
    good_ = 0;
  }
  void went_well() {
    const std::lock_guard lock(mutex_);
    if (size_ == largest_ || ++good_ < kGoodForOneMore) return;
    ++size_;
    good_ = 0;
  }

 private:
  static constexpr int kGoodForOneMore = 4;

  mutable std::mutex mutex_;
  const std::size_t largest_;
  std::size_t size_;
  int good_ = 0;
};

}  // namespace mailmgr
