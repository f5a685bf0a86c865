#include "core/system/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>

namespace mailmgr {

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &both, &previous_);
  signals_ = Descriptor(signalfd(-1, &both, SFD_CLOEXEC | SFD_NONBLOCK));
  quit_ = Descriptor(eventfd(0, EFD_CLOEXEC));
  thread_ = std::thread([this] { listen(); });
}

Signals::~Signals() {
  eventfd_write(quit_.get(), 1);
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &previous_, nullptr);
}

std::optional<int> Signals::received() const {
  const int signal = first_.load();
  if (signal == 0) return std::nullopt;
  return signal;
}

void Signals::listen() {
  while (true) {
    std::array<pollfd, 2> fds{{{signals_.get(), POLLIN, 0}, {quit_.get(), POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (first_.load() != 0) _exit(128 + signal);
    first_.store(signal);
    source_.request_stop();
  }
}

}  // namespace mailmgr
