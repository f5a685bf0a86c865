// A program that is run without a shell, with this process's environment and nothing blocked or ignored.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/base/descriptor.h"

namespace mailmgr {

struct Pipe {
  Descriptor read, write;
};
// Both ends close on exec and do not block; nullopt with errno set.
std::optional<Pipe> make_pipe();

// The words of a variable that names a program ("code --wait"), split at blanks, which no shell reads; empty: not set.
std::vector<std::string> command_in_environment(const char* name);

class ChildProcess {
 public:
  static constexpr int kNothing = -1;  // as `in`: nothing to read
  enum class Session {
    own,   // and so a process group: whatever it started and left behind is killed with it
    ours,  // so that it has the terminal: an editor
  };

  explicit ChildProcess(Session session = Session::own) : session_(session) {}
  ~ChildProcess();  // killed and waited for at the latest now
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Starts `words`, whose program is looked for in PATH, with these descriptors as its standard ones. 0 or an errno.
  int start(std::vector<std::string> words, int in, int out, int err);
  // Whether it has ended. What it left behind in its group is ended then too, before its number is given away again.
  bool ended();
  void signal(int number) const;                       // to the program alone; nothing once it has ended
  int status() const { return status_.value_or(-1); }  // as of waitpid(2), once it has ended

 private:
  pid_t everything() const { return session_ == Session::own ? -pid_ : pid_; }  // for kill(2)

  Session session_;
  pid_t pid_ = 0;
  std::optional<int> status_;
};

// "it ended with code 3", "it was ended by signal 9".
std::string how_it_ended(int status);

}  // namespace mailmgr
