// One line on a terminal that tells how far a long command is: how many, how many a second, how many are left and when
// it will end. Nothing at all where nobody watches.
#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace mailmgr::output {

class Progress {
 public:
  Progress(std::ostream& err, std::string name, bool enabled) : err_(err), name_(std::move(name)), enabled_(enabled) {}
  ~Progress();  // wipes the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::uint64_t done, std::uint64_t remaining);

 private:
  std::ostream& err_;
  std::string name_;
  bool enabled_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace mailmgr::output
