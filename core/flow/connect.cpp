#include "core/flow/connect.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/flow/grant_change.h"
#include "core/flow/organisation_grant.h"
#include "core/oauth/server_text.h"
#include "core/oauth/token_source.h"

namespace mailmgr {
namespace {

constexpr milliseconds kPatience = std::chrono::seconds(60);

std::string listed(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// What has to be allowed where, when the provider says no to a mailbox.
std::string permission_hint(const ConnectPlan& plan) {
  if (plan.account.via) {
    return fmt::format(
        "the mailbox's administrator grants Full Access to it (Exchange admin center, Mailboxes > {} > "
        "Delegation); that can take an hour",
        plan.account.email);
  }
  if (plan.config.grants != GrantKind::app_only) return "";
  return fmt::format(
      "Entra admin center, App registrations, API permissions: the application permissions {} with admin consent; "
      "where "
      "Exchange limits the application to some mailboxes, {} must be one of them",
      listed(plan.spec->organisation_scopes(plan.config.access, plan.config.with)), plan.account.email);
}

// Opens the mailbox, or, where the access does not include reading, at least gets a token for it.
Status prove(const ConnectPlan& plan, const GrantRecord& grant, const ConnectWorld& world, const Stop& stop) {
  const auto endpoints = plan.spec->endpoints(plan.config);
  if (!endpoints) return endpoints.error();
  HttpClient& http = world.http(plan.config);
  TokenSource tokens({world.grants, world.vault, world.leases, http, world.clock, world.random}, plan.config,
                     *plan.spec, grant.id, plan.login);
  if (const auto token = tokens.get(stop); !token) return token.error();
  // Gmail's compose scope includes the profile; Mail.Send opens nothing.
  if (grant.access == AccessLevel::send_only && plan.config.kind == ProviderKind::microsoft) return {};

  const std::string user = api_user(plan.account, grant.kind);
  const ProviderDeps deps{http, tokens, world.clock, world.random, *endpoints, user};
  const auto profile = plan.spec->mailbox(deps)->profile(stop);
  if (!profile) {
    Error error = profile.error();
    const std::string hint = permission_hint(plan);
    if (error.code == Code::refused && !hint.empty()) error.hint = hint;
    if (exit_class(error.code).code == Code::not_found)
      error.hint = "check the address: it must be the mailbox's primary one";
    return error;
  }
  if (equals_ignoring_ascii_case(profile->email, plan.account.email)) return {};
  const std::string primary = server_text(profile->email);
  return Error{Code::refused, "that is another address of the mailbox " + primary,
               fmt::format("mailmgr account connect {} --provider {}", primary, plan.config.name)};
}

Result<AccountRecord> store(AccountRecord account, const ConnectWorld& world) {
  if (account.id == AccountId()) {
    account.state = AccountState::active;
    account.connected = world.clock.now();
    const auto id = world.accounts.add(account);
    if (!id) return id.error();
    account.id = *id;
    return account;
  }
  if (account.state == AccountState::disconnected) {
    account.state = AccountState::active;
    account.connected = world.clock.now();
  }
  if (const Status updated = world.accounts.update(account); !updated) return updated.error();
  return account;
}

Result<AccountRecord> connect(const ConnectPlan& plan, const ConnectWorld& world, const Stop& stop) {
  const std::string lease_name = "connect-" + hex(sha256(plan.config.name)).substr(0, 32);
  const auto lease = world.leases.take(lease_name, kPatience, stop);
  if (!lease) return lease.error();

  OrganisationGrant reached{plan.grant ? plan.grant->id : GrantId(), false};
  if (!plan.grant) {
    const auto found = organisation_grant(plan.account.email, plan.config, *plan.spec, world.grants);
    if (!found) return found.error();
    reached = *found;
  }
  const auto grant = world.grants.find(reached.id);
  if (!grant) return grant.error();
  if (!*grant) return Error{Code::try_later, "the grant was removed meanwhile", "run the same command again"};
  AccountRecord account = plan.account;
  const GrantId old = account.grant;
  account.grant = reached.id;
  const Status proven = prove(plan, **grant, world, stop);
  auto stored = proven ? store(account, world) : Result<AccountRecord>(proven.error());
  if (!stored && reached.created) (void)world.grants.remove(reached.id);
  if (stored && plan.account.id != AccountId() && old != reached.id)
    remove_if_unused(old, world.grants, world.accounts);
  return stored;
}

}  // namespace

Result<AccountRecord> connect_mailbox(const ConnectPlan& plan, const ConnectWorld& world, const Stop& stop) {
  auto account = connect(plan, world, stop);
  if (account) return account;
  Error error = account.error().within("connecting " + plan.account.email);
  if (error.account.empty()) error.account = plan.account.name;
  return error;
}

std::string api_user(const AccountRecord& account, GrantKind grant) {
  return account.via || grant == GrantKind::app_only ? account.email : "me";
}

std::string login_name(const AccountRecord& account, const std::vector<AccountRecord>& accounts) {
  const auto via = std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.id == account.via; });
  return via == accounts.end() ? account.name : via->name;
}

}  // namespace mailmgr
