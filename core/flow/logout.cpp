#include "core/flow/logout.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/flow/login_forecast.h"
#include "core/flow/provider_lookup.h"
#include "core/net/retry.h"
#include "core/oauth/client.h"
#include "core/oauth/revocation.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kGrantPatience = 60s;
constexpr milliseconds kRevokeDeadline = 20s;
constexpr milliseconds kRevokePatience = 30s;
constexpr int kRevokeTries = 3;

// What it takes to tell the provider.
struct Target {
  ProviderConfig config;
  Url endpoint;
};

// nullopt where nobody can be told. Tokens never go to a host that did not issue them, not even to be revoked.
std::optional<Target> target_of(const GrantRecord& grant, const LogoutWorld& world) {
  auto config = world.providers.find(grant.provider);
  if (!config || !*config) return std::nullopt;
  const ProviderSpec* spec = find_spec(world.specs, (*config)->kind);
  if (!spec) return std::nullopt;
  auto endpoints = spec->endpoints(**config);
  if (!endpoints || !endpoints->revoke) return std::nullopt;
  if (grant.client_id != (*config)->client_id || grant.origins != origins_of(*endpoints)) return std::nullopt;
  return Target{std::move(**config), *endpoints->revoke};
}

Result<GrantRecord> mark_pending(GrantRecord grant, GrantStore& grants) {
  grant.state = GrantState::revoke_pending;
  grant.state_reason = "it was logged out, and the provider could not be told yet";
  const auto updated = grants.update(grant);
  if (!updated) return updated.error();
  if (!*updated) return Error{Code::busy, "another process has just changed the login", "run the same command again"};
  return grant;
}

Result<Revocation> revoke(const GrantRecord& grant, const Target& target, const AccountRecord& account,
                          const LogoutWorld& world, const Stop& stop) {
  const auto token = world.vault.open(grant.sealed_refresh_token, token_context(grant, SealKind::refresh_token));
  if (!token && token.error().code == Code::store) return Revocation::nothing_held;  // damaged: nobody can use it
  if (!token) return token.error();
  if (const auto marked = mark_pending(grant, world.grants); !marked) return marked.error();

  RevocationClient endpoint(world.http(target.config), world.clock, target.endpoint);
  const Status told = with_retries(Retry({true, kRevokeTries, kRevokePatience}, world.clock, world.random), stop,
                                   [&] { return endpoint.revoke(*token, kRevokeDeadline, stop); });
  if (told) return Revocation::revoked;
  if (told.error().code == Code::interrupted) return told.error();
  return Error{Code::partial,
               fmt::format("{}; the login is not used any more and kept only to be revoked", told.error().message),
               "when the provider can be reached: mailmgr logout " + account.name};
}

Result<Revocation> end_login(const AccountRecord& account, const LogoutWorld& world, const Stop& stop) {
  const auto lease = world.leases.take(fmt::format("grant-{}", account.grant.value), kGrantPatience, stop);
  if (!lease) return lease.error();
  const auto grant = world.grants.find(account.grant);
  if (!grant) return grant.error();
  if (!*grant || (*grant)->sealed_refresh_token.empty()) {
    if (const Status forgotten = forget_tokens(account.grant, "logged out", world.grants); !forgotten) {
      return forgotten.error();
    }
    return Revocation::nothing_held;
  }
  auto outcome = Result<Revocation>(Revocation::not_offered);
  if (const auto target = target_of(**grant, world)) outcome = revoke(**grant, *target, account, world, stop);
  if (!outcome) return outcome;
  if (const Status forgotten = forget_tokens(account.grant, "logged out", world.grants); !forgotten) {
    return forgotten.error();
  }
  return outcome;
}

Status check_own(const AccountRecord& account, const LogoutWorld& world) {
  if (account.via) {
    const auto all = world.accounts.list();
    if (!all) return all.error();
    const auto owner = std::find_if(all->begin(), all->end(), [&](const auto& a) { return a.id == *account.via; });
    return Error{Code::refused,
                 fmt::format("it has no login of its own{}",
                             owner == all->end() ? "" : fmt::format(", it is reached through that of {}", owner->name)),
                 fmt::format("to stop using it: mailmgr account disconnect {}", account.name)};
  }
  const auto grant = world.grants.find(account.grant);
  if (!grant) return grant.error();
  if (!*grant || !serves_organisation((*grant)->kind)) return {};
  return Error{
      Code::refused,
      fmt::format("nobody logged in: provider {} reaches it with the organisation's own key", account.provider),
      fmt::format("to stop using it: mailmgr account disconnect {}", account.name)};
}

}  // namespace

Result<Revocation> log_out(const AccountRecord& account, const LogoutWorld& world, const Stop& stop) {
  const std::string what = "logging out of " + account.name;
  if (const Status own = check_own(account, world); !own) return own.error().within(what);
  auto ended = end_login(account, world, stop);
  return ended ? ended : ended.error().within(what);
}

Status check_unused(const AccountRecord& account, std::span<const AccountRecord> all,
                    std::span<const AccountRecord> going) {
  std::string names;
  for (const auto& other : all) {
    if (other.via != account.id || other.state == AccountState::disconnected) continue;
    if (std::any_of(going.begin(), going.end(), [&](const auto& g) { return g.id == other.id; })) continue;
    names += (names.empty() ? "" : " ") + other.name;
  }
  if (names.empty()) return {};
  return Error{Code::refused, fmt::format("{}: its login is used for {}", account.name, names),
               "first: mailmgr account disconnect " + names};
}

Status forget_tokens(GrantId id, std::string_view reason, GrantStore& grants) {
  for (;;) {
    auto found = grants.find(id);
    if (!found) return found.error();
    if (!*found) return {};
    GrantRecord grant = **std::move(found);
    grant.sealed_access_token.clear();
    grant.sealed_refresh_token.clear();
    grant.access_expires.reset();
    grant.refresh_expires.reset();
    if (!serves_organisation(grant.kind)) {  // those need no person to come back to life
      grant.state = GrantState::needs_login;
      grant.state_reason = reason;
    }
    const auto updated = grants.update(grant);
    if (!updated) return updated.error();
    if (*updated) return {};  // else another process has just refreshed it: again, on top of that
  }
}

}  // namespace mailmgr
