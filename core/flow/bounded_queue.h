// A queue between threads that holds at most a given weight (bytes, say), so that a fast producer cannot fill memory.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <utility>
#include <vector>

namespace mailmgr {

template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t max_weight) : max_weight_(max_weight) {}

  // Waits while the queue is full; an item heavier than the whole queue passes when it is alone. False once closed.
  bool push(T item, std::size_t weight) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.empty() || weight_ + weight <= max_weight_; });
    if (closed_) return false;
    items_.emplace_back(std::move(item), weight);
    weight_ += weight;
    changed_.notify_all();
    return true;
  }

  // Waits until `min_items` are there (or half the weight is, or nothing more can come) and takes up to `max_items`;
  // empty once closed and drained.
  std::vector<T> pop(std::size_t min_items, std::size_t max_items) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || items_.size() >= min_items || weight_ * 2 >= max_weight_; });
    std::vector<T> taken;
    while (!items_.empty() && taken.size() < max_items) {
      weight_ -= items_.front().second;
      taken.push_back(std::move(items_.front().first));
      items_.pop_front();
    }
    changed_.notify_all();
    return taken;
  }

  // Producers stop; what is queued can still be popped.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<T, std::size_t>> items_;
  std::size_t max_weight_;
  std::size_t weight_ = 0;
  bool closed_ = false;
};

}  // namespace mailmgr
