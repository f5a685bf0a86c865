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

// The credential of an account that is let go is worth stealing and good for nothing.
Status forget_tokens(const AccountRecord& account, AccountStore& accounts, GrantStore& grants, bool remove_grant) {
  auto all = accounts.list();
  if (!all) return all.error();
  const bool shared = std::any_of(all->begin(), all->end(), [&](const AccountRecord& other) {
    return other.id != account.id && other.grant == account.grant &&
           (remove_grant || other.state != AccountState::disconnected);
  });
  if (shared) return {};
  if (remove_grant) return grants.remove(account.grant);
  for (;;) {
    auto grant = grants.find(account.grant);
    if (!grant) return grant.error();
    if (!*grant) return {};
    GrantRecord record = **std::move(grant);
    record.sealed_access_token.clear();
    record.sealed_refresh_token.clear();
    record.access_expires.reset();
    record.state = GrantState::needs_login;
    record.state_reason = "the account was disconnected";
    auto updated = grants.update(record);
    if (!updated) return updated.error();
    if (*updated) return {};  // else another process has just refreshed it: again, on top of that
  }
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

Status disconnect_account(const AccountRecord& account, bool purge, AccountStore& accounts, GrantStore& grants,
                          SyncStore& mail, Leases& leases, const Stop& stop) {
  auto lease = leases.take(fmt::format("sync-{}", account.id.value), milliseconds(0), stop);
  if (!lease) return lease.error();
  if (purge) {
    if (auto done = mail.purge(account.id); !done) return done;
    if (auto done = accounts.remove(account.id); !done) return done;
    return forget_tokens(account, accounts, grants, true);
  }
  if (auto done = forget_tokens(account, accounts, grants, false); !done) return done;
  AccountRecord record = account;
  record.state = AccountState::disconnected;
  record.is_default = false;
  return accounts.update(record);
}

}  // namespace mailmgr
