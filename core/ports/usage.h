// Counts what a run costs at the provider. The HTTP requests, and the units in which the provider counts its quota:
// Gmail's quota units, Graph's requests (each part of a batch is one).
#pragma once

#include <atomic>
#include <cstdint>

namespace mailmgr {

struct Usage {
  std::uint64_t requests = 0;
  std::uint64_t quota_units = 0;
};

class UsageMeter {  // safe from several threads
 public:
  void add(std::uint64_t requests, std::uint64_t quota_units) {
    requests_ += requests;
    quota_units_ += quota_units;
  }
  Usage total() const { return {requests_, quota_units_}; }

 private:
  std::atomic<std::uint64_t> requests_ = 0;
  std::atomic<std::uint64_t> quota_units_ = 0;
};

}  // namespace mailmgr
