// SIGINT and SIGTERM as a stop request: the first asks everything to end cleanly, the second ends the process at once.
// SIGPIPE is ignored, so that a closed pipe or socket is an error where it is written to.
//
// The two signals are blocked and read by a thread (signalfd), because almost nothing may be done in a signal handler.
// Make this object in main before any other thread starts, so that all inherit the mask; programs started later must
// be given an empty one. A signal that was ignored from the start (nohup) stays ignored.
#pragma once

#include <atomic>
#include <csignal>
#include <optional>
#include <stop_token>
#include <thread>

#include "core/base/descriptor.h"

namespace mailmgr {

class Signals {
 public:
  Signals();
  ~Signals();  // restores the mask
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  // SIGINT or SIGTERM, whichever came first; the exit code is 128 more.
  std::optional<int> received() const;

 private:
  void listen();

  std::stop_source source_;
  std::atomic<int> first_{0};
  sigset_t previous_{};
  Descriptor signals_;
  Descriptor quit_;
  std::thread thread_;
};

}  // namespace mailmgr
