// An account's courier and what sending needs around it.
#pragma once

#include "cmd/app.h"
#include "cmd/output/progress.h"
#include "core/flow/delivery.h"

namespace mailmgr {

struct Sender {
  Connection connection;
  std::unique_ptr<output::Progress> progress;  // of a large upload, on a terminal
  std::unique_ptr<SendWorld> world;            // refers to the connection and to the App
};

// Asks nothing of the provider yet. Errors as App::connect.
Result<Sender> sender_for(App& app, const AccountRecord& account);

enum class IfBusy { fail, pass_over };  // when another process sends for an account

// Sends what is due of these accounts (core/flow/outbox.h). What ends failed or unknown is reported; `told` hears of
// every message. Code::interrupted when `stop` ended it, by its deadline too.
Status flush_accounts(App& app, const std::vector<AccountRecord>& accounts,
                      const std::function<void(const OutboxRow&, const AccountRecord&)>& told, IfBusy if_busy,
                      const Stop& stop);

// The error with the login that helps, where a login is what is missing.
Error with_login_hint(Error error, const AccountRecord& account);

}  // namespace mailmgr
