#include "cmd/man.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mailmgr {

bool open_manual(const std::string& page) {
  std::string man = "man";
  std::string name = page;
  char* arguments[] = {man.data(), name.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1 /* O_WRONLY */, 0);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, "man", &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return false;
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace mailmgr
