// Small, fast, repeatable randomness (SplitMix64) for made-up mail: a stream for each (seed, purpose, index).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailmgr::sandbox {

constexpr std::uint64_t mix(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15u;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

constexpr std::uint64_t hash_text(std::string_view text) {  // FNV-1a
  std::uint64_t value = 0xCBF29CE484222325u;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return value;
}

class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t purpose, std::uint64_t index)
      : state_(mix(seed ^ mix(purpose ^ mix(index)))) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    return mix(state_);
  }
  // 0 to count - 1; the bias is of no interest here.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>((next() >> 32) * count >> 32); }
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  bool percent(std::size_t share) { return below(100) < share; }
  template <class List>
  const auto& pick(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace mailmgr::sandbox
