#include "core/base/failpoint.h"

#include <doctest/doctest.h>

#ifdef MAILMGR_FAILPOINTS

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

namespace {

// How a process ends (or stops) that passes refresh.sealed three times with this value of the variable.
int fate(const char* value) {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    close(STDERR_FILENO);
    setenv("MAILMGR_FAILPOINT", value, 1);
    for (int i = 1; i <= 3; ++i) mailmgr::failpoint("refresh.sealed");
    mailmgr::failpoint("refresh.saved");
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, WUNTRACED);
  if (!WIFSTOPPED(status)) return WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return SIGSTOP;
}

}  // namespace

TEST_CASE("a failpoint kills or stops at the pass that was asked for") {
  CHECK(fate("") == 0);
  CHECK(fate("refresh.sealed:1") == SIGKILL);
  CHECK(fate("refresh.sealed:3") == SIGKILL);
  CHECK(fate("refresh.sealed:4") == 0);
  CHECK(fate("refresh.saved:1:stop") == SIGSTOP);
  CHECK(fate("login.listening:1") == 0);
}

TEST_CASE("a value that names no failpoint ends the program, so that no test passes by a slip") {
  for (const char* value : {"refresh.seald:1", "refresh.sealed", "refresh.sealed:", "refresh.sealed:0",
                            "refresh.sealed:-1", "refresh.sealed:1:", "refresh.sealed:1:halt"}) {
    CAPTURE(value);
    CHECK(fate(value) == SIGABRT);
  }
}

#endif
