#include "cmd/account_choice.h"

#include <fmt/format.h>

#include <algorithm>

#include "cmd/app.h"
#include "core/flow/access.h"
#include "core/flow/accounts.h"
#include "store/store.h"

namespace mailmgr {
namespace {

std::vector<std::string> all_named(App& app, const std::vector<std::string>& operands) {
  std::vector<std::string> named = operands;
  named.insert(named.end(), app.options().accounts.begin(), app.options().accounts.end());
  return named;
}

Result<bool> may_read(App& app, const AccountRecord& account) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  const auto grant = (*tokens)->grants().find(account.grant);
  if (!grant) return grant.error();
  const bool reads = !*grant || permits((*grant)->access, Permission::read);
  if (!reads && app.options().verbose > 0) {
    app.say(fmt::format("{}: skipped, its login allows {} only", account.name, to_string((*grant)->access)));
  }
  return reads;
}

}  // namespace

Result<std::vector<AccountRecord>> chosen_accounts(App& app, const std::vector<std::string>& operands,
                                                   std::string_view command,
                                                   const std::function<bool(const AccountRecord&)>& by_default) {
  auto all = app.accounts();
  if (!all) return all.error();
  const auto named = all_named(app, operands);
  std::vector<AccountRecord> chosen;
  for (const auto& name : named) {
    auto account = find_account(*all, name);
    if (!account) return account.error().within(command);
    const bool again =
        std::any_of(chosen.begin(), chosen.end(), [&](const AccountRecord& other) { return other.id == account->id; });
    if (!again) chosen.push_back(*std::move(account));
  }
  if (!named.empty()) return chosen;
  std::copy_if(all->begin(), all->end(), std::back_inserter(chosen), by_default);
  if (chosen.empty()) {
    return Error{Code::not_found, fmt::format("{}: no account is connected", command), "mailmgr login"};
  }
  return chosen;
}

Result<std::vector<AccountRecord>> readable_accounts(App& app, const std::vector<std::string>& operands,
                                                     std::string_view command) {
  auto chosen = chosen_accounts(app, operands, command,
                                [](const AccountRecord& account) { return account.state == AccountState::active; });
  if (!chosen) return chosen;
  const bool named = !all_named(app, operands).empty();
  std::vector<AccountRecord> readable;
  for (auto& account : *chosen) {
    if (named && account.state == AccountState::disconnected) {
      return Error{Code::refused, fmt::format("{}: {} is not connected any more", command, account.name),
                   fmt::format("mailmgr login {} --login-hint {}", account.provider, account.email)};
    }
    auto reads = named ? Result<bool>(true) : may_read(app, account);
    if (!reads) return reads.error();
    if (*reads) readable.push_back(std::move(account));
  }
  return readable;
}

}  // namespace mailmgr
