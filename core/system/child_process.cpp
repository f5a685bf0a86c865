#include "core/system/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <sstream>

extern char** environ;  // NOLINT: POSIX declares it nowhere

namespace mailmgr {
namespace {

constexpr int kUnknownStatus = 255 << 8;  // as of a program that ended with code 255

}  // namespace

std::optional<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return std::nullopt;
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

std::vector<std::string> command_in_environment(const char* name) {
  const char* value = std::getenv(name);
  std::istringstream words(value ? value : "");
  std::vector<std::string> command;
  for (std::string word; words >> word;) command.push_back(word);
  return command;
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0 || status_) return;  // once it was waited for, its number may be another's
  kill(everything(), SIGKILL);
  waitpid(pid_, nullptr, 0);
}

int ChildProcess::start(std::vector<std::string> words, int in, int out, int err) {
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (in == kNothing) {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&actions, in, 0);
  }
  posix_spawn_file_actions_adddup2(&actions, out, 1);
  posix_spawn_file_actions_adddup2(&actions, err, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  sigaddset(&signals, SIGQUIT);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (session_ == Session::own) flags |= POSIX_SPAWN_SETSID;
  posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
  const int problem = posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) pid_ = 0;
  return problem;
}

bool ChildProcess::ended() {
  siginfo_t info{};
  if (!status_ && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    status_ = kUnknownStatus;
  } else if (!status_ && info.si_pid == pid_) {
    if (session_ == Session::own) kill(-pid_, SIGKILL);
    int status = kUnknownStatus;
    waitpid(pid_, &status, 0);
    status_ = status;
  }
  return status_.has_value();
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0 && !status_) kill(pid_, number);
}

std::string how_it_ended(int status) {
  return WIFSIGNALED(status) ? fmt::format("it was ended by signal {}", WTERMSIG(status))
                             : fmt::format("it ended with code {}", WEXITSTATUS(status));
}

}  // namespace mailmgr
