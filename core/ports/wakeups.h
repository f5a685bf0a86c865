// What ends the waiting of a long-running command before its time: somebody asks for a look now (SIGHUP, systemctl
// reload). And whom what is typed to interrupt (Ctrl-C) means, while another program has the terminal.
#pragma once

#include "core/base/time.h"
#include "core/ports/stop.h"

namespace mailmgr {

class Wakeups {
 public:
  virtual ~Wakeups() = default;
  // Waits for `duration`, shorter when somebody asks or `stop` is requested. True if somebody asked, also if that was
  // since the last call.
  virtual bool wait(milliseconds duration, const Stop& stop) = 0;
  // Between these two, Ctrl-C and Ctrl-\ are for the program that has the terminal, an editor, and mean nothing here.
  virtual void lend_terminal() = 0;
  virtual void take_terminal() = 0;
};

// Lends the terminal for as long as it lives; `terminal` may be none.
class TerminalLent {
 public:
  explicit TerminalLent(Wakeups* terminal) : terminal_(terminal) {
    if (terminal_) terminal_->lend_terminal();
  }
  ~TerminalLent() {
    if (terminal_) terminal_->take_terminal();
  }
  TerminalLent(const TerminalLent&) = delete;
  TerminalLent& operator=(const TerminalLent&) = delete;

 private:
  Wakeups* terminal_;
};

}  // namespace mailmgr
