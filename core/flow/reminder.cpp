#include "core/flow/reminder.h"

namespace mailmgr {
namespace {

constexpr std::chrono::hours kBetween{24};

bool passes(Code code) {
  return code == Code::try_later || code == Code::busy || code == Code::partial || code == Code::interrupted ||
         code == Code::store || code == Code::internal;
}

}  // namespace

Result<Reminder> remind(AccountId account, const Status& outcome, Notices& notices, Time now) {
  if (!outcome && passes(exit_class(outcome.error().code).code)) return Reminder{};
  const std::string trouble = outcome ? "" : std::string(exit_class(outcome.error().code).name);
  auto last = notices.last(account);
  if (!last) return last.error();
  const std::string before = *last ? (*last)->trouble : "";

  Reminder reminder;
  reminder.needs_person = !outcome;
  reminder.changed = before.empty() != trouble.empty();
  reminder.due = before != trouble || !*last || now - (*last)->told >= kBetween;
  if (reminder.changed || (reminder.needs_person && reminder.due)) reminder.news = Notice{trouble, now};
  return reminder;
}

}  // namespace mailmgr
