// The program that people start. What reads the store alone, and is asked most often, it does itself; for everything
// else it becomes the whole program (main.cpp). The reason is time: loading all libraries takes longer than what a list
// does with them (tests/bench/README.md).
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "cmd/argv.h"
#include "cmd/config_file.h"
#include "cmd/process.h"
#include "cmd/quick_commands.h"
#include "cmd/run_command.h"
#include "cmd/sysexits.h"
#include "core/base/error.h"
#include "core/system/process_hardening.h"

using namespace mailmgr;

namespace {

Status nothing_to_do(App&) {
  return {};
}

// Beside this program where it was built, in the folder for such programs where it is installed.
int become_whole_program(char** argv) {
  std::error_code problem;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", problem).parent_path();
  if (problem || !here.is_absolute()) {
    std::cerr << "mailmgr: finding mailmgr-whole: /proc/self/exe cannot be read\nhint: mount /proc\n";
    return exit_class(Code::config).exit_code;
  }
  for (const char* place : {"mailmgr-whole", "../libexec/mailmgr/mailmgr-whole"}) {
    ::execv((here / place).c_str(), argv);
    if (errno != ENOENT) break;
  }
  std::cerr << "mailmgr: starting mailmgr-whole, of " << here.string() << ": " << std::strerror(errno)
            << "\nhint: install mailmgr again\n";
  return exit_class(Code::config).exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  harden_process();
  const auto words = words_as_called(argc > 0 ? argv[0] : "", {argv + std::min(argc, 1), argv + argc});
  if (words.empty() || find_sendmail(words)) return become_whole_program(argv);
  if (words.size() == 1 && words.front() == "--version") {
    std::cout << "mailmgr " << MAILMGR_VERSION << '\n';
    return 0;
  }
  CommandLine line(kQuickCommands, {});
  const auto config = config_file(words);
  // What is not understood here is another command, or a mistake that the whole program explains.
  // `draft show d1 --version 2` is not about the program's version, which parse() cannot know here.
  if (!config || !line.parse(words, *config) || line.wants_help() || line.wants_version() || !line.command().second) {
    return become_whole_program(argv);
  }
  return run_process(
      [&](const Stop& stop, Wakeups& wakeups) {
        return run_command(line, std::cout, std::cerr, stop, &wakeups, nothing_to_do);
      },
      exit_class(Code::internal).exit_code);
}
