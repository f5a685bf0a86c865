// When somebody has to be told that an account needs a person: at first sight, and then once a day, since cron would
// say the same every few minutes.
#pragma once

#include "core/base/result.h"
#include "core/ports/notices.h"

namespace mailmgr {

struct Reminder {
  bool due = true;       // say it now
  bool changed = false;  // the account starts or stops needing a person
  bool needs_person = false;
  std::optional<Notice> news = {};  // what to remember (Notices::tell) once it was said
};

// What a run that came to `outcome` means. Trouble that passes by itself (try_later, busy, partial, interrupted) is no
// news of whether a person is needed. Errors: store.
Result<Reminder> remind(AccountId account, const Status& outcome, Notices& notices, Time now);

}  // namespace mailmgr
