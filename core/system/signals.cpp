#include "core/system/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace mailmgr {

namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Signals::Signals() {
  std::signal(SIGPIPE, SIG_IGN);
  sigemptyset(&caught_);
  // What is ignored stays so, as for a program that a shell starts in the background.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&caught_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &caught_, &previous_);
  signals_ = Descriptor(signalfd(-1, &caught_, SFD_CLOEXEC | SFD_NONBLOCK));
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

bool Signals::wait(milliseconds duration, const Stop& stop) {
  std::unique_lock lock(mutex_);
  has_waited_ = true;
  asked_.wait_for(lock, stop.token(), duration, [this] { return is_asked_; });
  return std::exchange(is_asked_, false);
}

// SIGINT stays blocked, and is not read meanwhile.
void Signals::lend_terminal() {
  sigset_t others = caught_;
  sigdelset(&others, SIGINT);
  signalfd(signals_.get(), &others, 0);
  on_quit_ = std::signal(SIGQUIT, SIG_IGN);
}

void Signals::take_terminal() {
  // What is pending is dropped once it is to be ignored, although it is blocked (POSIX, "Signal Generation").
  if (!is_ignored(SIGINT)) {
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGINT, SIG_DFL);
  }
  signalfd(signals_.get(), &caught_, 0);
  std::signal(SIGQUIT, on_quit_);
}

void Signals::hang_up() {
  const std::lock_guard lock(mutex_);
  if (!has_waited_) {
    std::signal(SIGHUP, SIG_DFL);
    sigset_t hangup;
    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    raise(SIGHUP);
    pthread_sigmask(SIG_UNBLOCK, &hangup, nullptr);
  }
  is_asked_ = true;
  asked_.notify_all();
}

void Signals::listen() {
  while (true) {
    std::array<pollfd, 2> fds{{{signals_.get(), POLLIN, 0}, {quit_.get(), POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return;
    if (fds[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGHUP) {
      hang_up();
      continue;
    }
    if (first_.load() != 0) _exit(128 + signal);
    first_.store(signal);
    source_.request_stop();
  }
}

}  // namespace mailmgr
