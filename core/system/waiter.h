// Waiting for descriptors with a deadline and a Stop. Everything here that can block on a socket waits through this, so
// that Ctrl-C and deadlines work in the middle of a name lookup, a handshake or a body that drips byte by byte.
#pragma once

#include <poll.h>

#include <optional>
#include <stop_token>
#include <vector>

#include "core/base/descriptor.h"
#include "core/ports/stop.h"

namespace mailmgr {

class Waiter {
 public:
  enum class Outcome {
    ready,
    late,     // the deadline given here has passed
    stopped,  // the Stop was requested, or its own deadline has passed
  };

  Waiter(const Stop& stop, Monotonic deadline);
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  // Until `fd` is ready for `events` (POLLIN, POLLOUT), or `until`, or the deadline, whichever comes first.
  Outcome wait(int fd, short events, Monotonic until = Monotonic::max());
  // The same for several, with `revents` filled in.
  Outcome wait(std::vector<pollfd>& fds, Monotonic until = Monotonic::max());

 private:
  struct Wake {
    int fd;
    void operator()() const;
  };

  Outcome poll_with_wake(pollfd* fds, nfds_t count, Monotonic until);
  pollfd wake_entry() const { return {wake_.get(), POLLIN, 0}; }

  std::stop_token token_;
  std::optional<Monotonic> stop_deadline_;
  Monotonic deadline_;
  Descriptor wake_;  // readable once stop is requested; none where that cannot happen
  std::optional<std::stop_callback<Wake>> callback_;
};

}  // namespace mailmgr
