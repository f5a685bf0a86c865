#include "cmd/welcome.h"

#include <fmt/format.h>

#include <ostream>

#include "cmd/app.h"
#include "core/flow/system_providers.h"
#include "store/store.h"

namespace mailmgr {

Status welcome(App& app) {
  auto store = app.providers();
  if (!store) return store.error();
  auto providers = (*store)->list();
  if (!providers) return providers.error();
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();

  app.out() << "mailmgr " << MAILMGR_VERSION << ": mail at Google and Microsoft, from the command line\n\n";
  std::uint64_t messages = 0;
  for (const auto& account : *accounts) {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto count = (*mail)->reader().count(account.id);
    if (!count) return count.error();
    messages += *count;
    app.out() << fmt::format("  {}{}: {} messages\n", account.name, account.is_default ? " (default)" : "", *count);
  }
  if (!accounts->empty()) app.out() << '\n';
  const char* next = providers->empty()  ? "mailmgr provider guide google    how to set up Google (or: microsoft)"
                     : accounts->empty() ? "mailmgr login                    log in to a mailbox"
                     : messages == 0     ? "mailmgr sync                     bring the mail here"
                                         : "mailmgr list --unread            what is new";
  app.out() << "Next:  " << next << "\nAll commands:  mailmgr --help\n";
  return {};
}

}  // namespace mailmgr
