#include "core/system/waiter.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace mailmgr {
namespace {

// Rounded up, so that a wait never ends just before its limit and spins.
int poll_timeout(Monotonic now, Monotonic limit) {
  if (limit == Monotonic::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(limit - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
}

}  // namespace

void Waiter::Wake::operator()() const {
  eventfd_write(fd, 1);
}

Waiter::Waiter(const Stop& stop, Monotonic deadline)
    : token_(stop.token()), stop_deadline_(stop.deadline()), deadline_(deadline) {
  if (!token_.stop_possible()) return;
  wake_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (wake_) callback_.emplace(token_, Wake{wake_.get()});
}

Waiter::Outcome Waiter::wait(int fd, short events, Monotonic until) {
  std::array<pollfd, 2> fds{{{fd, events, 0}, wake_entry()}};
  return poll_with_wake(fds.data(), fds.size(), until);
}

Waiter::Outcome Waiter::wait(std::vector<pollfd>& fds, Monotonic until) {
  fds.push_back(wake_entry());
  const Outcome outcome = poll_with_wake(fds.data(), fds.size(), until);
  fds.pop_back();
  return outcome;
}

Waiter::Outcome Waiter::poll_with_wake(pollfd* fds, nfds_t count, Monotonic until) {
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    if (token_.stop_requested() || (stop_deadline_ && now >= *stop_deadline_)) return Outcome::stopped;
    Monotonic limit = std::min(until, deadline_);
    if (now >= limit) return Outcome::late;
    if (stop_deadline_) limit = std::min(limit, *stop_deadline_);
    const int ready = poll(fds, count, poll_timeout(now, limit));
    if (ready < 0 && errno != EINTR) return Outcome::late;  // out of memory: nothing sensible can be waited for
    if (ready > 0 && fds[count - 1].revents == 0) return Outcome::ready;
  }
}

}  // namespace mailmgr
