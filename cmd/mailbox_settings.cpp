#include "cmd/mailbox_settings.h"

#include "cmd/account_choice.h"
#include "cmd/outcome.h"

namespace mailmgr {

Status with_settings(App& app, const AccountRecord& account, const std::function<Status(const SettingsOf&)>& work) {
  auto connection = app.connect(account);
  if (!connection) return connection.error();
  return work({account, connection->grant, *connection->spec, *connection->mailbox, *connection->filters,
               *connection->vacation});
}

Status for_settings_of_all(App& app, std::string_view command, const std::function<Status(const SettingsOf&)>& work) {
  auto accounts = chosen_accounts(app, {}, command,
                                  [](const AccountRecord& account) { return account.state == AccountState::active; });
  if (!accounts) return accounts.error();
  Outcome outcome(app);
  for (const auto& account : *accounts) {
    if (app.stop().interrupted()) return Stop::error();
    outcome.add(with_settings(app, account, work), account.name);
  }
  return outcome.status();
}

}  // namespace mailmgr
