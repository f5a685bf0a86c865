// SIGINT and SIGTERM as a stop request: the first asks everything to end cleanly, the second ends the process at once.
// SIGHUP asks a long-running command, one that waits here, to look now; any other command ends by it, as programs do.
// SIGPIPE is ignored, so that a closed pipe or socket is an error where it is written to.
//
// The signals are blocked and read by a thread (signalfd), because almost nothing may be done in a signal handler.
// Make this object in main before any other thread starts, so that all inherit the mask; programs started later must
// be given an empty one. A signal that was ignored from the start (nohup) stays ignored.
#pragma once

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "core/base/descriptor.h"
#include "core/ports/wakeups.h"

namespace mailmgr {

class Signals final : public Wakeups {
 public:
  Signals();
  ~Signals() override;  // restores the mask
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return source_.get_token(); }
  // SIGINT or SIGTERM, whichever came first; the exit code is 128 more.
  std::optional<int> received() const;
  bool wait(milliseconds duration, const Stop& stop) override;
  void lend_terminal() override;
  void take_terminal() override;

 private:
  void listen();
  void hang_up();

  std::stop_source source_;
  std::mutex mutex_;
  std::condition_variable_any asked_;
  bool is_asked_ = false;
  bool has_waited_ = false;  // this is a command that SIGHUP does not end
  std::atomic<int> first_{0};
  sigset_t caught_{};
  sigset_t previous_{};
  void (*on_quit_)(int) = SIG_DFL;  // while the terminal is lent
  Descriptor signals_;
  Descriptor quit_;
  std::thread thread_;
};

}  // namespace mailmgr
