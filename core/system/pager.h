// A pager between this program and the terminal, as git and man have one: $PAGER, else less, which ends by itself when
// everything fits on the screen.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "core/base/descriptor.h"
#include "core/ports/clock.h"
#include "core/ports/stop.h"
#include "core/ports/wakeups.h"
#include "core/system/child_process.h"

namespace mailmgr {

class Pager {
 public:
  // From now on standard output is the pager's input. None where there is nothing to start ($PAGER is "cat" or empty,
  // no pager is installed): all goes to the terminal itself then. `terminal` may be none.
  static std::unique_ptr<Pager> start(Wakeups* terminal, Clock& clock, const Stop& stop);
  // What was written is to be flushed before. Waits until the person has seen enough, or `stop`; then standard output
  // is the terminal again. `stop` ends the pager also while more is written than it has read.
  ~Pager();
  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

 private:
  // Sets the terminal right and goes; what is written to it fails then.
  struct Ask {
    const ChildProcess& program;
    void operator()() const;
  };

  Pager(Wakeups* terminal, Clock& clock, const Stop& stop);

  Clock& clock_;
  Stop stop_;
  Descriptor screen_;  // standard output as it was
  ChildProcess program_{ChildProcess::Session::ours};
  // No signal wakes who writes into a full pipe (Signals reads them in another thread); that its reader is gone does.
  std::optional<std::stop_callback<Ask>> ask_to_end_;
  TerminalLent lent_;
};

}  // namespace mailmgr
