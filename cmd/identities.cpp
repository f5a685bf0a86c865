#include "cmd/identities.h"

#include <fmt/format.h>

#include "cmd/app.h"
#include "store/store.h"

namespace mailmgr {

namespace {

constexpr auto kPatience = std::chrono::seconds(20);  // of a login for what is not the login

}  // namespace

Result<std::vector<Alias>> read_aliases(App& app, const AccountRecord& account, Unproven unproven, const Stop& stop,
                                        bool dry_run) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto connection = app.connect(account);
  if (!connection) return connection.error();
  if (auto may = may_list_identities(account, connection->grant, *connection->spec); !may) return may.error();
  const auto read = dry_run ? ask_aliases : sync_aliases;
  return read(account, *connection->identities, unproven, (*mail)->aliases(), stop);
}

void read_first_aliases(App& app, const AccountRecord& account) {
  if (account.state != AccountState::active || app.stop().interrupted()) return;
  const auto read = read_aliases(app, account, Unproven::keep, app.stop().before(app.clock().monotonic() + kPatience));
  if (read) return;
  app.say(fmt::format("which other addresses it can send from is not known ({}); later: mailmgr alias sync {}",
                      read.error().message, account.name));
}

Result<SenderIdentity> chosen_sender(App& app, std::string_view from, const std::optional<AccountRecord>& by_default) {
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto aliases = (*mail)->aliases().list();
  if (!aliases) return aliases.error();
  SenderChoice choice{*accounts, *aliases, from};
  if (from.empty() && by_default && app.options().accounts.empty()) {
    choice.account = by_default;
  } else if (from.empty() || !app.options().accounts.empty()) {
    auto account = app.acting_account();
    if (!account) return account.error();
    choice.account = *std::move(account);
  }
  return choose_sender(choice);
}

Result<std::vector<Address>> addresses_of(App& app, const AccountRecord& account) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto aliases = (*mail)->aliases().list();
  if (!aliases) return aliases.error();
  return sending_addresses(account, *aliases);
}

Result<std::vector<std::string>> emails_of(App& app, const AccountRecord& account) {
  auto addresses = addresses_of(app, account);
  if (!addresses) return addresses.error();
  std::vector<std::string> emails;
  for (auto& address : *addresses) emails.push_back(std::move(address.email));
  return emails;
}

}  // namespace mailmgr
