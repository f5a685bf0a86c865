// `sync --on-new`: gives the ids of mail that arrived to a command of the user's. Each id is given until the command
// has ended well once, so a run that is killed, or a command that fails, loses none.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/stop.h"

namespace mailmgr {

class App;

class NewMail {
 public:
  explicit NewMail(std::vector<std::string> command) : command_(std::move(command)) {}

  // Before a sync: what is stored already is not new.
  Status begin(App& app, const std::vector<AccountRecord>& accounts);
  // After it: runs the command with the ids on its standard input, one a line, if there are any.
  Status tell(App& app, const std::vector<AccountRecord>& accounts, const Stop& stop);

 private:
  std::vector<std::string> command_;
};

}  // namespace mailmgr
