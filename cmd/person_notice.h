// What cron says of an account that needs a person: at first sight, then once a day; and the user's own command
// (notify_command in config.toml) when an account starts or stops needing one.
#pragma once

#include "core/base/result.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

class App;
class Stop;

// Notes what a sync of the account came to and runs notify_command if that is news. Whether the trouble has to be said
// now: always on a terminal or with -v, else when it is due (core/flow/reminder.h).
Result<bool> note_outcome(App& app, const AccountRecord& account, const Status& outcome, const Stop& stop);

}  // namespace mailmgr
