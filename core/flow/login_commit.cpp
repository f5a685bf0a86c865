#include "core/flow/login_commit.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/failpoint.h"
#include "core/flow/grant_change.h"
#include "core/oauth/client.h"

namespace mailmgr {
namespace {

constexpr int kTries = 5;  // a refresh by another process may change the grant in between, once or twice

Status seal_tokens(GrantRecord& grant, const TokenSet& tokens, Vault& vault) {
  auto refresh = vault.seal(*tokens.refresh, token_context(grant, SealKind::refresh_token));
  if (!refresh) return refresh.error();
  auto access = vault.seal(tokens.access, token_context(grant, SealKind::access_token));
  if (!access) return access.error();
  grant.sealed_refresh_token = std::move(*refresh);
  grant.sealed_access_token = std::move(*access);
  return {};
}

GrantRecord described(GrantRecord grant, const LoginPlan& plan, const ProvenLogin& proven, Time now) {
  grant.provider = plan.config.name;
  grant.kind = plan.kind;
  grant.client_id = proven.client_id;
  grant.origins = proven.origins;
  grant.email = proven.profile.email;
  grant.scopes = proven.scopes;
  grant.access = plan.access;
  grant.access_expires = proven.tokens.access_expires;
  grant.refresh_expires = proven.tokens.refresh_expires;
  grant.refreshed = now;
  grant.state = GrantState::active;
  grant.state_reason.clear();
  return grant;
}

// Writes the new tokens over whatever the grant holds by then; false when there is no such grant any more.
Result<bool> replace_tokens(GrantId id, const LoginPlan& plan, const ProvenLogin& proven, const LoginWorld& world) {
  for (int i = 0; i < kTries; ++i) {
    auto stored = world.grants.find(id);
    if (!stored) return stored.error();
    if (!*stored) return false;
    GrantRecord grant = described(std::move(**stored), plan, proven, world.clock.now());
    if (const Status sealed = seal_tokens(grant, proven.tokens, world.vault); !sealed) return sealed.error();
    const auto updated = world.grants.update(grant);
    if (!updated) return updated.error();
    if (!*updated) continue;
    failpoint("login.tokens_written");
    return true;
  }
  return Error{Code::busy, "saving the login: another process keeps changing it", "run the same command again"};
}

Result<GrantId> create_grant(const LoginPlan& plan, const ProvenLogin& proven, const LoginWorld& world) {
  // Without tokens first: their seal needs the id.
  const auto id = world.grants.create(described({}, plan, proven, world.clock.now()));
  if (!id) return id.error();
  failpoint("login.grant_created");
  const auto written = replace_tokens(*id, plan, proven, world);
  if (written && *written) return *id;
  (void)world.grants.remove(*id);
  if (!written) return written.error();
  return Error{Code::store, "saving the login: the new grant disappeared", ""};
}

// Whether the mailbox is connected by this.
bool describe(AccountRecord& account, const LoginPlan& plan, const LoginRequest& request, const ProvenLogin& proven,
              Time now) {
  account.email = proven.profile.email;
  account.provider = plan.config.name;
  account.kind = plan.config.kind;
  if (request.set_since) account.since = request.since;
  if (!request.connect || account.state != AccountState::disconnected) return false;
  account.state = AccountState::active;
  account.connected = now;
  return true;
}

// Shared mailboxes are reached through the account's grant, whichever that is.
Status take_along(const AccountRecord& account, AccountStore& accounts) {
  const auto all = accounts.list();
  if (!all) return all.error();
  for (AccountRecord shared : *all) {
    if (shared.via != account.id || shared.grant == account.grant) continue;
    shared.grant = account.grant;
    shared.provider = account.provider;
    if (const Status updated = accounts.update(shared); !updated) return updated;
  }
  return {};
}

Result<CommittedLogin> renew_account(AccountRecord account, const LoginPlan& plan, const LoginRequest& request,
                                     const ProvenLogin& proven, const LoginWorld& world) {
  const GrantId old = account.grant;
  bool replaced = false;
  // A shared mailbox that is logged in to itself gets a grant of its own: the other one is somebody else's login.
  if (account.provider == plan.config.name && !account.via) {
    const auto written = replace_tokens(account.grant, plan, proven, world);
    if (!written) return written.error();
    replaced = *written;
  }
  account.via.reset();
  if (!replaced) {
    const auto grant = create_grant(plan, proven, world);
    if (!grant) return grant.error();
    account.grant = *grant;
  }
  const bool connected = describe(account, plan, request, proven, world.clock.now());
  if (const Status updated = world.accounts.update(account); !updated) {
    if (!replaced) (void)world.grants.remove(account.grant);
    return updated.error();
  }
  if (account.grant != old) {
    if (const Status followed = take_along(account, world.accounts); !followed) return followed.error();
  }
  return CommittedLogin{std::move(account), connected};
}

Result<CommittedLogin> add_account(const LoginPlan& plan, const LoginRequest& request, const ProvenLogin& proven,
                                   const LoginWorld& world) {
  const auto grant = create_grant(plan, proven, world);
  if (!grant) return grant.error();
  AccountRecord account;
  account.name = request.name.empty() ? proven.profile.email : request.name;
  account.grant = *grant;
  account.state = AccountState::disconnected;
  const bool connected = describe(account, plan, request, proven, world.clock.now());
  const auto id = world.accounts.add(account);
  if (!id) {
    (void)world.grants.remove(*grant);
    return id.error();
  }
  failpoint("login.account_added");
  account.id = *id;
  return CommittedLogin{std::move(account), connected};
}

// Removes grants that no account uses: the one this account had `before`, and what a killed login for the same mailbox
// left. Nobody is making one for it just now: the lease of this login keeps others out, provided that it was taken for
// this mailbox. What cannot be removed is sealed and does no harm.
void forget_unused(const AccountRecord& account, GrantId before, const LoginPlan& plan, const LoginWorld& world) {
  const auto grants = world.grants.list();
  const auto accounts = world.accounts.list();
  if (!grants || !accounts) return;
  const bool leased = plan.expected_email.empty() || equals_ignoring_ascii_case(plan.expected_email, account.email);
  for (const auto& grant : *grants) {
    const bool left_behind =
        leased && grant.provider == account.provider && equals_ignoring_ascii_case(grant.email, account.email);
    if (grant.id != before && !left_behind) continue;
    const bool used =
        std::any_of(accounts->begin(), accounts->end(), [&](const auto& a) { return a.grant == grant.id; });
    if (!used) (void)world.grants.remove(grant.id);
  }
}

}  // namespace

Result<CommittedLogin> commit_login(const LoginPlan& plan, const LoginRequest& request, const ProvenLogin& proven,
                                    const LoginWorld& world) {
  // Read now, not before the browser was opened: minutes have passed.
  const auto accounts = world.accounts.list();
  if (!accounts) return accounts.error();
  const AccountRecord* same_mailbox = nullptr;
  bool name_taken = false;
  for (const auto& account : *accounts) {
    if (plan.account
            ? account.id == plan.account->id
            : account.provider == plan.config.name && equals_ignoring_ascii_case(account.email, proven.profile.email)) {
      same_mailbox = &account;
    }
    name_taken = name_taken || account.name == (request.name.empty() ? proven.profile.email : request.name);
  }
  if (!same_mailbox && name_taken) {
    return Error{
        Code::usage,
        fmt::format("there is an account named {} already", request.name.empty() ? proven.profile.email : request.name),
        fmt::format("mailmgr login {} --name NAME", plan.config.name)};
  }
  auto committed = same_mailbox ? renew_account(*same_mailbox, plan, request, proven, world)
                                : add_account(plan, request, proven, world);
  if (committed) forget_unused(committed->account, same_mailbox ? same_mailbox->grant : GrantId(), plan, world);
  return committed;
}

}  // namespace mailmgr
