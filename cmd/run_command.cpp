#include "cmd/run_command.h"

#include <unistd.h>

#include <iostream>

#include "cmd/app.h"
#include "cmd/output/terminal.h"
#include "cmd/report.h"

namespace mailmgr {

int run_command(const CommandLine& line, std::ostream& out, std::ostream& err, const Stop& stop, Wakeups* wakeups,
                Status (*without)(App&)) {
  App app(line.options(), line.app(), out, err, stop, wakeups);
  const auto [info, command] = line.command();
  const Status allowed = command && info->needs ? app.check_allowed(*info->needs, info->path) : Status();
  const Status status = !allowed ? allowed : command ? command->run(app) : without(app);
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
