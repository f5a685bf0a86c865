#include "core/flow/account_change.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/lines.h"
#include "core/flow/sync_scope.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLongestName = 200;

bool is_one_line(std::string_view text) {
  return text.size() <= kLongestName && is_valid_utf8(text) && !breaks_lines(text);
}

Status check_folders(std::string_view option, const std::vector<std::string>& names, std::span<const Folder> known,
                     const AccountRecord& account) {
  for (const auto& name : names) {
    if (name.empty() || !is_one_line(name)) {
      return Error{Code::usage, fmt::format("{}: not the name of a folder", option), "mailmgr folders shows the names"};
    }
    if (known.empty() || names_folder(name, known)) continue;
    return Error{
        Code::not_found, fmt::format("{} {}: no such folder or label is known", option, name),
        fmt::format("mailmgr folders -a {} shows the names; a new one is known after the next sync", account.name)};
  }
  return {};
}

}  // namespace

Result<AccountRecord> change_account(AccountRecord account, const AccountChange& change, std::span<const Folder> known,
                                     AccountStore& accounts) {
  if (account.state == AccountState::disconnected) {
    return Error{Code::refused, fmt::format("{} is not connected", account.name),
                 fmt::format("mailmgr login --account {}", account.name)};
  }
  if (change.sender_name && !is_one_line(*change.sender_name)) {
    return Error{Code::usage, "--sender-name: not one line of text", "give the name as mail should show it"};
  }
  for (const auto& [option, names] : {std::pair{"--include", &change.include}, {"--exclude", &change.exclude}}) {
    if (!*names) continue;
    if (auto checked = check_folders(option, **names, known, account); !checked) return checked.error();
  }
  if (change.set_since) account.since = change.since;
  if (change.include) account.include = *change.include;
  if (change.exclude) account.exclude = *change.exclude;
  if (change.sender_name) account.sender_name = *change.sender_name;
  if (change.paused) account.state = *change.paused ? AccountState::paused : AccountState::active;
  if (auto updated = accounts.update(account); !updated) return updated.error();
  return account;
}

Result<AccountRecord> rename_account(AccountRecord account, const std::string& name, AccountStore& accounts) {
  if (name.empty() || name.front() == '-' || !is_one_line(name)) {
    return Error{Code::usage, fmt::format("\"{}\" cannot be a name", name), "use a word or an address"};
  }
  const auto all = accounts.list();
  if (!all) return all.error();
  for (const auto& other : *all) {
    if (other.id == account.id || !equals_ignoring_ascii_case(other.email, name)) continue;
    return Error{Code::usage, fmt::format("{} is the address of another account, {}", name, other.name),
                 "choose another name"};
  }
  account.name = name;
  if (auto updated = accounts.update(account); !updated) return updated.error();
  return account;
}

}  // namespace mailmgr
