#include "tests/sandbox/runner.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "tests/sandbox/accounts.h"

namespace mailmgr::sandbox {
namespace {

// A folder of our own that goes when this does.
class ThrowAwayHome {
 public:
  ThrowAwayHome() {
    path_ = (std::filesystem::temp_directory_path() / "mailmgr-sandbox-XXXXXX").string();
    if (!mkdtemp(path_.data()))
      throw std::runtime_error("making a temporary home: " + std::string(std::strerror(errno)));
  }
  ~ThrowAwayHome() {
    std::error_code ignored;  // nothing depends on it, and there is nobody to tell
    std::filesystem::remove_all(path_, ignored);
  }
  ThrowAwayHome(const ThrowAwayHome&) = delete;
  ThrowAwayHome& operator=(const ThrowAwayHome&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& ours) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : ours) replaced = replaced || text.starts_with(name + "=");
    if (!replaced) all.push_back(text);
  }
  for (const auto& [name, value] : ours) all.push_back(name + "=" + value);
  return all;
}

int wait_for_child(pid_t child) {
  const auto signals = awaited_signals();
  while (true) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child)
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGCHLD) kill(child, signal);
  }
}

}  // namespace

sigset_t awaited_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals, signal);
  return signals;
}

void wait_for_signal() {
  const auto signals = awaited_signals();
  int signal = SIGCHLD;
  while (signal == SIGCHLD) sigwait(&signals, &signal);
}

int run_command(const std::vector<std::string>& command, const std::string& url, int port) {
  const ThrowAwayHome home;
  auto arguments = command;
  auto environment = environment_with({{"MAILMGR_HOME", home.path()},
                                       {"SANDBOX_URL", url},
                                       {"SANDBOX_PORT", std::to_string(port)},
                                       {"SANDBOX_GOOGLE_CLIENT_ID", std::string(kGoogleClientId)},
                                       {"SANDBOX_GOOGLE_CLIENT_SECRET", std::string(kGoogleClientSecret)},
                                       {"SANDBOX_MICROSOFT_CLIENT_ID", std::string(kMicrosoftClientId)}});
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  // The child starts with ordinary signals: ours are blocked, and the HTTP library ignores SIGPIPE.
  sigset_t none, usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  sigaddset(&usual, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t child = 0;
  const int problem = posix_spawnp(&child, arguments.front().c_str(), nullptr, &attributes, pointers(arguments).data(),
                                   pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  if (problem != 0) {
    std::cerr << "mailmgr-sandbox: running " << command.front() << ": " << std::strerror(problem) << "\n";
    return 127;
  }
  return wait_for_child(child);
}

}  // namespace mailmgr::sandbox
