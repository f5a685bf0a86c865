// What is said to systemd, read from a real socket; programs run for the user; files replaced while others read them.
#include "core/system/service_manager.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/base/descriptor.h"
#include "core/system/replace_file.h"
#include "core/system/run_program.h"
#include "core/system/signals.h"
#include "core/system/system_clock.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

// The manager's end of NOTIFY_SOCKET.
struct Manager {
  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path.c_str());
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  std::string heard() {
    char buffer[256];
    const ssize_t count = ::recv(socket.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return count < 0 ? "" : std::string(buffer, static_cast<std::size_t>(count));
  }
  EnvironmentLookup environment() {
    return [this](const char* name) -> const char* {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    };
  }

  TempFolder folder;
  std::string path = folder.file("notify");
  Descriptor socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  std::map<std::string, std::string> variables{{"NOTIFY_SOCKET", path}};
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("readiness, state and end are told to the service manager") {
  Manager manager;
  ServiceManager told(manager.environment());
  told.ready();
  CHECK(manager.heard() == "READY=1");
  told.status("two\nlines");
  CHECK(manager.heard() == "STATUS=two lines");
  told.stopping();
  CHECK(manager.heard() == "STOPPING=1");
  CHECK_FALSE(told.watchdog_interval());
}

TEST_CASE("the watchdog is fed twice in its time, where it is this process's") {
  Manager manager;
  manager.variables["WATCHDOG_USEC"] = "30000000";
  CHECK(ServiceManager(manager.environment()).watchdog_interval() == milliseconds(15s));
  manager.variables["WATCHDOG_PID"] = std::to_string(::getpid());
  CHECK(ServiceManager(manager.environment()).watchdog_interval());
  manager.variables["WATCHDOG_PID"] = "1";
  CHECK_FALSE(ServiceManager(manager.environment()).watchdog_interval());
  manager.variables["WATCHDOG_USEC"] = "soon";
  CHECK_FALSE(ServiceManager(manager.environment()).watchdog_interval());
}

TEST_CASE("without a service manager, or with one that went away, nothing happens") {
  ServiceManager alone([](const char*) -> const char* { return nullptr; });
  alone.ready();
  Manager manager;
  ServiceManager told(manager.environment());
  manager.socket = Descriptor();
  told.ready();
  manager.variables["NOTIFY_SOCKET"] = "relative";
  ServiceManager(manager.environment()).ready();
}

TEST_CASE("a program gets its input and its words as they are, and its code counts") {
  const TempFolder folder;
  SystemClock clock;
  const std::string file = folder.file("out");
  const Descriptor out{::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
  REQUIRE(run_program({"/bin/sh", "-c", "cat; echo \"$1\"", "sh", "a b;$(c)"}, "1\n2\n", out.get(), clock, Stop()));
  CHECK(content(file) == "1\n2\na b;$(c)\n");
  const auto failed = run_program({"/bin/sh", "-c", "exit 3"}, "1\n", out.get(), clock, Stop());
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Code::partial);
  CHECK(failed.error().message.find("it ended with code 3") != std::string::npos);
  CHECK_FALSE(run_program({"/no/such/program"}, "", out.get(), clock, Stop()));
}

TEST_CASE("a program that reads nothing of a lot is no failure") {
  SystemClock clock;
  CHECK(run_program({"/bin/true"}, std::string(std::size_t{1} << 20, 'x'), STDOUT_FILENO, clock, Stop()));
}

TEST_CASE("a program that does not end is ended with us") {
  SystemClock clock;
  const auto stopped =
      run_program({"/bin/sleep", "3600"}, "", STDOUT_FILENO, clock, Stop().before(clock.monotonic() + 50ms));
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error().code == Code::interrupted);
}

TEST_CASE("a replaced file has the new content and the mode asked for, and nothing is left beside it") {
  const TempFolder folder;
  const auto path = folder.file("metrics.prom");
  REQUIRE(replace_file(path, "one\n", 0644));
  REQUIRE(replace_file(path, "two\n", 0644));
  CHECK(content(path) == "two\n");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0644);
  const std::filesystem::directory_iterator files(folder.path());
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("a file that cannot be replaced is named, and stays") {
  const TempFolder folder;
  const auto path = folder.file("there");
  std::filesystem::create_directory(path);
  const auto failed = replace_file(path, "text", 0644);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Code::store);
  CHECK(failed.error().message.find(path) != std::string::npos);
  const std::filesystem::directory_iterator files(folder.path());
  CHECK(std::distance(begin(files), end(files)) == 1);
}

TEST_CASE("SIGHUP wakes who waits, also if it came before, and no other command survives it") {
  std::signal(SIGHUP, SIG_DFL);  // nohup ignores it
  {
    Signals signals;
    CHECK_FALSE(signals.wait(0ms, Stop()));
    kill(getpid(), SIGHUP);
    CHECK(signals.wait(1h, Stop()));
    CHECK_FALSE(signals.wait(0ms, Stop()));
    kill(getpid(), SIGTERM);
    CHECK_FALSE(signals.wait(1h, Stop(signals.token())));
  }
  const pid_t child = fork();
  if (child == 0) {
    Signals signals;
    SystemClock clock;
    kill(getpid(), SIGHUP);
    clock.sleep_for(1h, Stop(signals.token()));
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGHUP);
}

TEST_CASE("where SIGHUP was ignored from the start, as by nohup, it stays so") {
  std::signal(SIGHUP, SIG_IGN);
  {
    Signals signals;
    kill(getpid(), SIGHUP);
    CHECK_FALSE(signals.wait(0ms, Stop()));
  }
  std::signal(SIGHUP, SIG_DFL);
}
