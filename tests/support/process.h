// Runs real programs for end-to-end tests: arguments, environment and standard input go in, standard output, standard
// error and the exit code come out.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mailmgr::test {

struct Ended {
  int exit_code = -1;  // 128 + signal for a killed program, as shells say it
  std::string out, err;
  long peak_kib = 0;  // of memory that was in use at a time, as the kernel counted it
};

struct Start {
  std::vector<std::string> argv;                   // argv[0] is the program's path
  std::map<std::string, std::string> environment;  // the whole environment
  std::string input;
  std::string folder;  // working folder; empty: unchanged
};

// Starts the program, feeds it and waits for its end.
Ended run(const Start& start);

// A program that goes on in the background; killed when the object goes.
class Background {
 public:
  explicit Background(const Start& start);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Reads standard output up to the end of the line that holds `text`; the whole line. Empty if the output ended first.
  std::string wait_for_line(const std::string& text);
  // The same on standard error.
  std::string wait_for_error_line(const std::string& text);
  void signal(int number) const;
  // Waits until it is stopped (SIGSTOP); false if it ended instead.
  bool wait_for_stop() const;
  Ended wait();
  pid_t pid() const { return pid_; }

 private:
  std::string line_with(int fd, std::string& buffer, const std::string& text);

  pid_t pid_ = -1;
  int out_ = -1, err_ = -1;
  std::string out_text_, err_text_;
};

// A folder of its own that is removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string write(const std::string& name, const std::string& content) const;  // the file's path

 private:
  std::string path_;
};

}  // namespace mailmgr::test
