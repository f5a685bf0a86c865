#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <set>
#include <thread>

#include "core/ports/stop.h"
#include "core/system/browser_launcher.h"
#include "core/system/process_hardening.h"
#include "core/system/signals.h"
#include "core/system/system_clock.h"
#include "core/system/system_random.h"
#include "tests/support/temp_folder.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

EnvironmentLookup environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> const char* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  };
}

const Url kUrl = Url::parse("https://login.example/authorize?a=b&c=d;$(touch%20x)").value();

// A program that writes its arguments and where its output goes into a FIFO, which read_text() waits for.
struct FakeBrowser {
  TempFolder folder;
  std::string program = folder.write(
      "browser",
      "#!/bin/sh\nout=$(readlink /proc/$$/fd/1)\n{ for a in \"$@\"; do echo \"$a\"; done; echo \"$out\"; } > '" +
          folder.file("said") + "'\n");
  FakeBrowser() {
    chmod(program.c_str(), 0700);
    REQUIRE(mkfifo(folder.file("said").c_str(), 0600) == 0);
  }
  std::string said() const { return read_text(folder.file("said")); }
};

}  // namespace

TEST_CASE("the browser gets the URL as one argument, without a shell and without the terminal") {
  const FakeBrowser fake;
  BrowserLauncher browser(fake.program + " --new-window", environment({}));
  REQUIRE(browser.open(kUrl));
  CHECK(fake.said() == "--new-window\n" + kUrl.str() + "\n/dev/null\n");
}

TEST_CASE("%s stands for the URL, and BROWSER may name several programs") {
  const FakeBrowser fake;
  BrowserLauncher browser("", environment({{"BROWSER", "/nonexistent/browser:" + fake.program + " --url=%s -x"}}));
  REQUIRE(browser.open(kUrl));
  CHECK(fake.said() == "--url=" + kUrl.str() + "\n-x\n/dev/null\n");
}

TEST_CASE("without a display nothing is started") {
  CHECK(BrowserLauncher("", environment({})).open(kUrl).error().code == Code::config);
  const auto missing = BrowserLauncher("/nonexistent/browser", environment({{"DISPLAY", ":0"}})).open(kUrl);
  CHECK(missing.error().message.find("/nonexistent/browser") != std::string::npos);
}

TEST_CASE("plain http is opened for this machine only") {
  BrowserLauncher browser("/bin/true", environment({}));
  CHECK(browser.open(Url::parse("http://127.0.0.1:8080/").value()));
  CHECK_FALSE(browser.open(Url::parse("http://login.example/").value()));
}

TEST_CASE("a sleep ends early when a stop is requested, and at the stop's deadline") {
  SystemClock clock;
  std::stop_source source;
  std::jthread other([&] { source.request_stop(); });
  CHECK_FALSE(clock.sleep_for(1h, Stop(source.get_token())));
  CHECK_FALSE(clock.sleep_for(1h, Stop().before(clock.monotonic() + 10ms)));
  CHECK(clock.sleep_for(1ms, Stop()));
  CHECK(clock.sleep_for(-5ms, Stop()));
}

TEST_CASE("random bytes are as many as asked and differ") {
  SystemRandom random;
  CHECK(random.bytes(0).empty());
  CHECK(random.bytes(1000).size() == 1000);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) CHECK(seen.insert(random.bytes(16)).second);
}

TEST_CASE("the first signal asks to stop, and is remembered") {
  for (const int signal : {SIGINT, SIGTERM}) {
    Signals signals;
    CHECK_FALSE(signals.received());
    SystemClock clock;
    kill(getpid(), signal);
    CHECK_FALSE(clock.sleep_for(1h, Stop(signals.token())));
    CHECK(signals.received() == signal);
  }
}

TEST_CASE("what is typed to interrupt an editor is no request to stop, and SIGTERM still is") {
  Signals signals;
  SystemClock clock;
  signals.lend_terminal();
  kill(getpid(), SIGINT);
  kill(getpid(), SIGQUIT);
  signals.take_terminal();
  kill(getpid(), SIGTERM);
  CHECK_FALSE(clock.sleep_for(1h, Stop(signals.token())));
  CHECK(signals.received() == SIGTERM);
}

TEST_CASE("once the terminal is back, an interrupt counts again") {
  Signals signals;
  SystemClock clock;
  signals.lend_terminal();
  signals.take_terminal();
  kill(getpid(), SIGINT);
  CHECK_FALSE(clock.sleep_for(1h, Stop(signals.token())));
  CHECK(signals.received() == SIGINT);
}

TEST_CASE("the second signal ends the process at once") {
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    Signals signals;
    SystemClock clock;
    kill(getpid(), SIGTERM);
    clock.sleep_for(1h, Stop(signals.token()));
    [[maybe_unused]] const auto written = write(ready[1], "y", 1);
    while (true) pause();  // a cleanup that hangs
  }
  char answer = 0;
  REQUIRE(read(ready[0], &answer, 1) == 1);
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 128 + SIGINT);
  close(ready[0]);
  close(ready[1]);
}

TEST_CASE("a hardened process makes private files and no core dumps") {
  const TempFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    harden_process();
    rlimit core{1, 1};
    getrlimit(RLIMIT_CORE, &core);
    const int fd = open(folder.file("new").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    struct stat status {};
    fstat(fd, &status);
    _exit(core.rlim_cur == 0 && core.rlim_max == 0 && (status.st_mode & 0777) == 0600 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
