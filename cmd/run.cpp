#include "cmd/run.h"

#include <ostream>

#include "cmd/argv.h"
#include "cmd/command_line.h"
#include "cmd/config_file.h"
#include "cmd/report.h"
#include "cmd/run_command.h"
#include "cmd/sysexits.h"
#include "cmd/welcome.h"

namespace mailmgr {
namespace {

// --json decides how even a command line that cannot be parsed is reported.
bool asks_for_json(const std::vector<std::string>& words) {
  for (const auto& word : words) {
    if (word == "--") break;
    if (word == "--json") return true;
  }
  return false;
}

}  // namespace

int run(const std::vector<std::string>& words, std::ostream& out, std::ostream& err, const Stop& stop,
        Wakeups* wakeups) {
  const bool json = asks_for_json(words);
  const auto refused = [&](const Error& error) {
    if (!error.reported) report(error, err, json);
    return find_sendmail(words) ? sysexit(error.code) : exit_class(error.code).exit_code;
  };
  auto config = config_file(words);
  if (!config) return refused(config.error());
  CommandLine line;
  if (auto parsed = line.parse(words, *config); !parsed) return refused(parsed.error());
  if (line.wants_version()) {
    out << "mailmgr " << MAILMGR_VERSION << '\n';
    return 0;
  }
  if (line.wants_help()) {
    out << line.help_text();
    return 0;
  }
  return run_command(line, out, err, stop, wakeups, welcome);
}

}  // namespace mailmgr
