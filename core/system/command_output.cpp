#include "core/system/command_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>

#include "core/base/descriptor.h"
#include "core/base/shell_word.h"

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace mailmgr {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kLastWords = 1024;
constexpr int kUnknownStatus = 255 << 8;  // as of a program that ended with code 255
constexpr int kPollMillis = 20;           // how soon an end is noticed of a program that closed its output before

struct Pipe {
  Descriptor read, write;
};

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return std::nullopt;
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

// A program in a session (and so a process group) of its own. Killed and waited for at the latest when this goes.
class Child {
 public:
  Child() = default;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    if (!status_) waitpid(pid_, nullptr, 0);
  }

  // 0 or an errno.
  int start(std::vector<std::string> words, int out, int err);

  // Whether it has ended. What it left behind in its group is ended then too, before its number is given away again.
  bool ended() {
    siginfo_t info{};
    if (!status_ && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
      status_ = kUnknownStatus;
    } else if (!status_ && info.si_pid == pid_) {
      kill(-pid_, SIGKILL);
      int status = kUnknownStatus;
      waitpid(pid_, &status, 0);
      status_ = status;
    }
    return status_.has_value();
  }
  int status() const { return status_.value_or(-1); }

 private:
  pid_t pid_ = 0;
  std::optional<int> status_;
};

int Child::start(std::vector<std::string> words, int out, int err) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  const int problem = posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) pid_ = 0;
  return problem;
}

// What a pipe has to give, up to `limit` bytes; the rest is read and dropped.
class Reader {
 public:
  Reader(Descriptor pipe, std::size_t limit) : pipe_(std::move(pipe)), limit_(limit) { text_.reserve(limit); }
  ~Reader() { OPENSSL_cleanse(text_.data(), text_.size()); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  int fd() const { return pipe_.get(); }
  bool is_over_limit() const { return over_limit_; }
  std::string& text() { return text_; }

  void read_some() {
    std::array<char, 4096> buffer;
    const ssize_t count = read(fd(), buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) pipe_ = Descriptor();
    if (count <= 0) return;
    const std::size_t taken = std::min(static_cast<std::size_t>(count), limit_ - text_.size());
    text_.append(buffer.data(), taken);
    over_limit_ = over_limit_ || taken < static_cast<std::size_t>(count);
    OPENSSL_cleanse(buffer.data(), buffer.size());
  }

 private:
  Descriptor pipe_;
  std::size_t limit_;
  std::string text_;  // never grows beyond what is reserved, so no copy of a secret is left behind
  bool over_limit_ = false;
};

// Waits for output at most that long; whether there was any.
bool read_some(Reader& out, Reader& err, int millis) {
  std::array<pollfd, 2> fds{{{out.fd(), POLLIN, 0}, {err.fd(), POLLIN, 0}}};
  if (poll(fds.data(), fds.size(), millis) <= 0) return false;
  if (fds[0].revents != 0) out.read_some();
  if (fds[1].revents != 0) err.read_some();
  return true;
}

std::string in_seconds(std::chrono::milliseconds time) {
  return fmt::format("{} seconds", std::chrono::ceil<std::chrono::seconds>(time).count());
}

std::string last_line(std::string_view text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  const std::size_t start = text.find_last_of('\n');
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

std::string how_it_ended(int status, std::string_view last_words) {
  std::string text = WIFSIGNALED(status) ? fmt::format("it was ended by signal {}", WTERMSIG(status))
                                         : fmt::format("it ended with code {}", WEXITSTATUS(status));
  const std::string said = last_line(last_words);
  return said.empty() ? text : text + ": " + said;
}

}  // namespace

Result<Secret> command_output(const std::vector<std::string>& argv, const CommandLimits& limits) {
  const auto failed = [&](std::string why) {
    return Error{Code::config, fmt::format("{}: {}", shell_words(argv), why), ""};
  };
  if (argv.empty() || argv.front().empty()) return Error{Code::config, "no command is named", ""};
  auto out_pipe = make_pipe();
  auto err_pipe = make_pipe();
  if (!out_pipe || !err_pipe) return failed(std::generic_category().message(errno));
  // The program's own ends block, as programs expect.
  for (const int fd : {out_pipe->write.get(), err_pipe->write.get()}) fcntl(fd, F_SETFL, 0);

  Child child;
  const int problem = child.start(argv, out_pipe->write.get(), err_pipe->write.get());
  if (problem != 0) return failed(std::generic_category().message(problem));
  out_pipe->write = Descriptor();
  err_pipe->write = Descriptor();

  Reader out(std::move(out_pipe->read), limits.output);
  Reader err(std::move(err_pipe->read), kLastWords);
  const auto end = SteadyClock::now() + limits.time;
  while (!child.ended()) {
    read_some(out, err, kPollMillis);
    if (out.is_over_limit()) return failed(fmt::format("it printed more than {} bytes", limits.output));
    if (SteadyClock::now() >= end) return failed(fmt::format("it took longer than {}", in_seconds(limits.time)));
  }
  // What it wrote is in the pipes now; whoever else still holds them is not waited for.
  while (read_some(out, err, 0) && !out.is_over_limit()) continue;
  if (out.is_over_limit()) return failed(fmt::format("it printed more than {} bytes", limits.output));
  if (child.status() != 0) return failed(how_it_ended(child.status(), err.text()));
  return Secret::take(out.text());
}

}  // namespace mailmgr
