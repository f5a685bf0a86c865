#include "cmd/run.h"

#include <unistd.h>

#include <iostream>

#include "cmd/app.h"
#include "cmd/argv.h"
#include "cmd/command_line.h"
#include "cmd/config_file.h"
#include "cmd/output/terminal.h"
#include "cmd/report.h"
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

void tell_error(const Error& error, std::ostream& err, bool json) {
  if (!error.reported) report(error, err, json);
}

}  // namespace

int run(const std::vector<std::string>& words, std::ostream& out, std::ostream& err, const Stop& stop,
        Wakeups* wakeups) {
  const bool json = asks_for_json(words);
  const auto refused = [&](const Error& error) {
    tell_error(error, err, json);
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
  App app(line.options(), line.app(), out, err, stop, wakeups);
  const auto [info, command] = line.command();
  const Status allowed = command && info->needs ? app.check_allowed(*info->needs, info->path) : Status();
  const Status status = !allowed ? allowed : command ? command->run(app) : welcome(app);
  out.flush();
  // A command that could not say what it found has not done what was asked; a reader that has seen enough is fine.
  const bool lost = status && !out.good() && &out == &std::cout && !output::reader_is_gone(STDOUT_FILENO);
  if (!lost && status) return 0;
  const Error error =
      !lost ? status.error()
            : Error{Code::store, "writing the output: it could not be written", "check the disk (is it full?)"};
  tell_error(error, err, line.options().json);
  return command ? command->exit_code(error) : exit_class(error.code).exit_code;
}

}  // namespace mailmgr
