#include "core/flow/disconnect.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/flow/login_forecast.h"

namespace mailmgr {
namespace {

// How other accounts need the credential of one that goes.
struct Sharing {
  bool in_use = false;  // a connected account works with it
  bool named = false;   // a disconnected one still refers to it
};

Result<Sharing> sharing_of(const AccountRecord& account, AccountStore& accounts) {
  const auto all = accounts.list();
  if (!all) return all.error();
  Sharing sharing;
  for (const auto& other : *all) {
    if (other.id == account.id || other.grant != account.grant) continue;
    (other.state == AccountState::disconnected ? sharing.named : sharing.in_use) = true;
  }
  return sharing;
}

Result<bool> has_own_login(const AccountRecord& account, GrantStore& grants) {
  if (account.via) return false;
  const auto grant = grants.find(account.grant);
  if (!grant) return grant.error();
  return *grant && !serves_organisation((*grant)->kind);
}

Status mark_disconnected(AccountRecord account, AccountStore& accounts) {
  account.state = AccountState::disconnected;
  account.is_default = false;
  return accounts.update(account);
}

// With the first commit nothing finds the account and its mail any more; then its tokens go, its mail, and the account
// last: whatever interrupts this, the same command or the next sync finishes it.
Status purge(const AccountRecord& account, const Sharing& sharing, const DisconnectWorld& world, const Stop& stop) {
  if (auto begun = world.login.accounts.begin_purge(account.id); !begun) return begun;
  if (!sharing.in_use) {
    if (auto done = forget_tokens(account.grant, "the account was disconnected", world.login.grants); !done)
      return done;
  }
  const auto parse = [](const Blob& raw) { return parse_message(raw); };
  const auto go_on = [&] { return !stop.requested(world.login.clock); };
  if (auto done = world.mail.purge(account.id, parse, go_on); !done) return done;
  if (!sharing.in_use && !sharing.named) {
    if (auto done = world.login.grants.remove(account.grant); !done) return done;
  }
  return world.login.accounts.remove(account.id);
}

}  // namespace

Result<Revocation> disconnect_account(const DisconnectRequest& request, const DisconnectWorld& world,
                                      const Stop& stop) {
  const AccountRecord& account = request.account;
  const auto syncing = world.login.leases.take(fmt::format("sync-{}", account.id.value), milliseconds(0), stop);
  if (!syncing) return syncing.error();
  const auto sending = world.login.leases.take(fmt::format("outbox-{}", account.id.value), milliseconds(0), stop);
  if (!sending) return sending.error();

  auto revocation = Revocation::nothing_held;
  if (request.revoke) {
    const auto own = has_own_login(account, world.login.grants);
    if (!own) return own.error();
    if (*own) {
      const auto ended = log_out(account, world.login, stop);
      if (!ended && ended.error().code == Code::partial) {
        if (auto done = mark_disconnected(account, world.login.accounts); !done) return done.error();
      }
      if (!ended) return ended.error();
      revocation = *ended;
    }
  }

  const auto sharing = sharing_of(account, world.login.accounts);
  if (!sharing) return sharing.error();
  if (request.purge) {
    if (auto done = purge(account, *sharing, world, stop); !done) return done.error();
    return revocation;
  }
  if (!sharing->in_use) {
    if (auto done = forget_tokens(account.grant, "the account was disconnected", world.login.grants); !done) {
      return done.error();
    }
  }
  if (auto done = mark_disconnected(account, world.login.accounts); !done) return done.error();
  return revocation;
}

}  // namespace mailmgr
