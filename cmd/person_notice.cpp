#include "cmd/person_notice.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "cmd/output/terminal.h"
#include "cmd/report.h"
#include "core/flow/reminder.h"
#include "core/system/run_program.h"
#include "store/store.h"

namespace mailmgr {
namespace {

// One JSON object on the command's standard input.
std::string news(const AccountRecord& account, const Status& outcome) {
  nlohmann::ordered_json json;
  json["account"] = account.name;
  json["email"] = account.email;
  json["needs_person"] = !outcome;
  if (!outcome) json["error"] = to_json(outcome.error(), account.name);
  return output::as_json(json) + "\n";
}

}  // namespace

Result<bool> note_outcome(App& app, const AccountRecord& account, const Status& outcome, const Stop& stop) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto reminder = remind(account.id, outcome, (*mail)->notices(), app.clock().now());
  if (!reminder) return reminder.error();
  const auto& command = app.options().notify_command;
  if (reminder->changed && !command.empty()) {
    if (auto ran = run_program(command, news(account, outcome), STDERR_FILENO, app.clock(), stop); !ran) {
      return ran.error().within("notify_command");  // not remembered: the next run tries again
    }
  }
  if (reminder->news) {
    if (auto told = (*mail)->notices().tell(account.id, *reminder->news); !told) return told.error();
  }
  const bool dead_login = !outcome && exit_class(outcome.error().code).code == Code::auth_required;
  return !dead_login || reminder->due || app.options().verbose > 0 || output::is_terminal(STDERR_FILENO);
}

}  // namespace mailmgr
