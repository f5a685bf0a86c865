// The command lines that cron and systemd are given, in the units we install and in what we tell people, are ones that
// the program understands.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cmd/command_line.h"
#include "tests/support/places.h"

using namespace mailmgr;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The words behind the program's name.
std::vector<std::string> words_after(const std::string& line, const std::string& program) {
  const auto at = line.find(program);
  std::istringstream rest(at == std::string::npos ? "" : line.substr(at + program.size()));
  return {std::istream_iterator<std::string>(rest), {}};
}

void check_parses(const std::vector<std::string>& words) {
  CommandLine line;
  const auto parsed = line.parse(words, "");
  CHECK_MESSAGE(parsed.has_value(), (parsed ? "" : parsed.error().message));
  CHECK(line.command().second != nullptr);
}

}  // namespace

TEST_CASE("every unit that we install starts a command that exists") {
  int units = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(test::source_folder() + "/cmd/systemd")) {
    if (!entry.path().string().ends_with(".service.in")) continue;
    CAPTURE(entry.path().string());
    std::istringstream text(text_of(entry.path()));
    int starts = 0;
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with("ExecStart=")) continue;
      ++starts;
      CHECK(line.starts_with("ExecStart=@CMAKE_INSTALL_FULL_BINDIR@/mailmgr "));
      check_parses(words_after(line, "/mailmgr "));
    }
    CHECK(starts == 1);
    ++units;
  }
  CHECK(units == 4);
}

TEST_CASE("the crontab lines of the manual and of the introduction are understood") {
  for (const std::string file : {"/README.md", "/man/mailmgr-sync.1", "/man/mailmgr-verify.1"}) {
    CAPTURE(file);
    std::istringstream text(text_of(test::source_folder() + file));
    int lines = 0;
    for (std::string line; std::getline(text, line);) {
      if (line.find(" * * ") == std::string::npos || line.find("mailmgr ") == std::string::npos) continue;
      CAPTURE(line);
      ++lines;
      check_parses(words_after(line, "mailmgr "));
    }
    CHECK(lines > 0);
  }
}
