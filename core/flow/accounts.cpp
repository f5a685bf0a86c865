#include "core/flow/accounts.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

std::string names_of(const std::vector<AccountRecord>& accounts) {
  std::string names;
  for (const auto& account : accounts) names += (names.empty() ? "" : ", ") + account.name;
  return names;
}

}  // namespace

Result<AccountRecord> find_account(const std::vector<AccountRecord>& accounts, std::string_view name_or_email) {
  for (const auto& account : accounts) {
    if (account.name == name_or_email) return account;
  }
  const AccountRecord* found = nullptr;
  for (const auto& account : accounts) {
    if (!equals_ignoring_ascii_case(account.email, name_or_email)) continue;
    if (found) {
      return Error{Code::usage,
                   fmt::format("{} fits several accounts: {}, {}", name_or_email, found->name, account.name),
                   "use the account's name"};
    }
    found = &account;
  }
  if (found) return *found;
  const std::string known = accounts.empty() ? "no account is connected" : "there are: " + names_of(accounts);
  return Error{Code::not_found, fmt::format("no account \"{}\"; {}", name_or_email, known), "mailmgr account list"};
}

Result<AccountRecord> default_account(const std::vector<AccountRecord>& accounts) {
  const AccountRecord* only = nullptr;
  int connected = 0;
  for (const auto& account : accounts) {
    if (account.state == AccountState::disconnected) continue;
    if (account.is_default) return account;
    only = &account;
    ++connected;
  }
  if (connected == 1) return *only;
  if (connected == 0) return Error{Code::not_found, "no account is connected", "mailmgr login"};
  return Error{Code::usage, fmt::format("which account? There are: {}", names_of(accounts)),
               "name one with -a, or set one with: mailmgr account default NAME"};
}

}  // namespace mailmgr
