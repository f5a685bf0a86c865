// One line on a terminal that tells how far a long command is: how many, how many a second, how many are left and when
// it will end. Nothing at all where nobody watches.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

#include "core/ports/byte_progress.h"

namespace mailmgr::output {

enum class Unit { messages, bytes };

class Progress {
 public:
  Progress(std::ostream& err, std::string name, bool enabled, Unit unit = Unit::messages)
      : err_(err), name_(std::move(name)), enabled_(enabled), unit_(unit) {}
  ~Progress();  // wipes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done, std::uint64_t remaining);
  // The same for work that tells what it is doing. Must not outlive this.
  ByteProgress bytes();

 private:
  std::ostream& err_;
  std::string name_;
  bool enabled_;
  Unit unit_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace mailmgr::output
