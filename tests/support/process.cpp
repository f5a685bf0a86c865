#include "tests/support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace mailmgr::test {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read_end = ends[0];
    write_end = ends[1];
  }
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  for (auto& word : words) list.push_back(word.data());
  list.push_back(nullptr);
  return list;
}

struct Spawned {
  pid_t pid;
  int in, out, err;
};

Spawned spawn(const Start& start) {
  Pipe in, out, err;
  std::vector<std::string> arguments = start.argv;
  std::vector<std::string> variables;
  for (const auto& [name, value] : start.environment) variables.push_back(name + "=" + value);
  const auto argv = pointers(arguments);
  const auto environment = pointers(variables);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::dup2(in.read_end, 0);
    ::dup2(out.write_end, 1);
    ::dup2(err.write_end, 2);
    for (const int usual : {SIGPIPE, SIGHUP}) ::signal(usual, SIG_DFL);  // nohup ignores the latter
    if (!start.folder.empty() && ::chdir(start.folder.c_str()) != 0) ::_exit(127);
    ::execve(argv[0], argv.data(), environment.data());
    ::_exit(127);
  }
  ::close(in.read_end);
  ::close(out.write_end);
  ::close(err.write_end);
  return {pid, in.write_end, out.read_end, err.read_end};
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Reads what is there; false at the end.
bool read_some(int fd, std::string& text) {
  char buffer[65536];
  const auto count = ::read(fd, buffer, sizeof buffer);
  if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && errno == EINTR);
}

void drain(int out, int err, std::string& out_text, std::string& err_text) {
  pollfd fds[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    ::poll(fds, 2, -1);
    if (fds[0].fd >= 0 && fds[0].revents != 0 && !read_some(out, out_text)) fds[0].fd = -1;
    if (fds[1].fd >= 0 && fds[1].revents != 0 && !read_some(err, err_text)) fds[1].fd = -1;
  }
}

}  // namespace

Ended run(const Start& start) {
  ::signal(SIGPIPE, SIG_IGN);  // a program may end without reading its input
  const Spawned child = spawn(start);
  // Inputs in tests are smaller than a pipe's buffer, or the program reads them before it writes much.
  std::size_t written = 0;
  while (written < start.input.size()) {
    const auto count = ::write(child.in, start.input.data() + written, start.input.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  ::close(child.in);
  Ended ended;
  drain(child.out, child.err, ended.out, ended.err);
  ::close(child.out);
  ::close(child.err);
  int status = 0;
  rusage usage{};
  ::wait4(child.pid, &status, 0, &usage);
  ended.peak_kib = usage.ru_maxrss;
  ended.exit_code = exit_code(status);
  return ended;
}

Background::Background(const Start& start) {
  const Spawned child = spawn(start);
  ::close(child.in);
  pid_ = child.pid;
  out_ = child.out;
  err_ = child.err;
}

Background::~Background() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (out_ >= 0) ::close(out_);
  if (err_ >= 0) ::close(err_);
}

std::string Background::line_with(int fd, std::string& buffer, const std::string& text) {
  for (;;) {
    const auto found = buffer.find(text);
    const auto end = found == std::string::npos ? found : buffer.find('\n', found);
    if (end != std::string::npos) {
      const auto before = buffer.rfind('\n', found);
      const auto start = before == std::string::npos ? 0 : before + 1;
      return buffer.substr(start, end - start);
    }
    if (!read_some(fd, buffer)) return {};
  }
}

std::string Background::wait_for_line(const std::string& text) {
  return line_with(out_, out_text_, text);
}
std::string Background::wait_for_error_line(const std::string& text) {
  return line_with(err_, err_text_, text);
}

void Background::signal(int number) const {
  ::kill(pid_, number);
}

bool Background::wait_for_stop() const {
  siginfo_t what{};
  ::waitid(P_PID, static_cast<id_t>(pid_), &what, WSTOPPED | WEXITED | WNOWAIT);
  return what.si_code == CLD_STOPPED;
}

Ended Background::wait() {
  Ended ended;
  drain(out_, err_, out_text_, err_text_);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  ended.exit_code = exit_code(status);
  ended.out = out_text_;
  ended.err = err_text_;
  return ended;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mailmgr-test-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("mkdtemp failed");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& content) const {
  const auto file = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << content;
  return file.string();
}

}  // namespace mailmgr::test
