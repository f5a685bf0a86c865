#include "cmd/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <sstream>

#include "cmd/app.h"
#include "cmd/output/terminal.h"
#include "cmd/report.h"

namespace mailmgr {

namespace {

// Whether --ids and --fields have a meaning here, before anything is done. Which columns --fields may name without
// --json each listing knows.
Status check_output(const CommandInfo& info, const App& app) {
  if (!app.options().json) return info.prints == Prints::rows ? Status() : app.check_text(info.path);
  std::vector<std::string> known;
  std::istringstream keys{std::string(info.keys)};
  for (std::string key; keys >> key;) known.push_back(key);
  for (const auto& field : app.options().fields) {
    if (std::find(known.begin(), known.end(), field) != known.end()) continue;
    return Error{Code::usage, fmt::format("{}: --fields: there is no key \"{}\"", info.path, output::one_line(field)),
                 known.empty() ? "without --fields" : fmt::format("choose from: {}", fmt::join(known, ", "))};
  }
  return {};
}

}  // namespace

int run_command(const CommandLine& line, std::ostream& out, std::ostream& err, const Stop& stop, Wakeups* wakeups,
                Status (*without)(App&)) {
  App app(line.options(), line.app(), out, err, stop, wakeups);
  const auto [info, command] = line.command();
  const Status allowed = command && info->needs ? app.check_allowed(*info->needs, info->path) : Status();
  const Status printed = command ? check_output(*info, app) : Status();
  const Status status = !printed ? printed : !allowed ? allowed : command ? command->run(app) : without(app);
  out.flush();
  // A command that could not say what it found has not done what was asked; a reader that has seen enough is fine.
  const bool lost = status && !out.good() && &out == &std::cout && !output::reader_is_gone(STDOUT_FILENO);
  const Status seen = app.end_page();
  if (!lost && status && seen) return 0;
  const Error error =
      lost ? Error{Code::store, "writing the output: it could not be written", "check the disk (is it full?)"}
           : (status ? seen : status).error();
  if (!error.reported) report(error, err, line.options().json);
  return command ? command->exit_code(error) : exit_class(error.code).exit_code;
}

}  // namespace mailmgr
