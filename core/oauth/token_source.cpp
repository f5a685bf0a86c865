#include "core/oauth/token_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/failpoint.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kMargin = 5min;        // a token must last this long to be handed out from the store
constexpr milliseconds kLeasePatience = 60s;  // longer than kRefreshDeadline, so that a waiter outlives a holder
constexpr milliseconds kRefreshDeadline = 30s;
constexpr milliseconds kLongestLifetime = 48h;  // a stored expiry beyond it means that the clock was set back
constexpr int kTries = 3;

// A token the server gives only minutes is handed out for half its life; otherwise every call would refresh.
Time use_until(const TokenSet& tokens, Time now) {
  const milliseconds lifetime = tokens.access_expires - now;
  return now + std::max(lifetime - kMargin, lifetime / 2);
}

bool passes(Code code) {
  return code == Code::unreachable || code == Code::no_answer || code == Code::throttled || code == Code::try_later;
}

}  // namespace

TokenSource::TokenSource(const World& world, ProviderConfig config, const ProviderSpec& spec, GrantId grant,
                         std::string account)
    : world_(world), config_(std::move(config)), spec_(spec), grant_(grant), account_(std::move(account)) {}

Result<Secret> TokenSource::get(const Stop& stop) {
  const std::lock_guard lock(mutex_);
  if (held_ && world_.clock.now() < held_->use_until) return held_->token;
  const auto grant = load();
  if (!grant) return grant.error();
  held_ = stored_token(*grant);
  if (held_) return held_->token;
  return renew(stop);
}

void TokenSource::reject(const Secret& token) {
  const std::lock_guard lock(mutex_);
  rejected_ = token;
  if (held_ && held_->token == token) held_.reset();
}

// The grant as it is stored now, if it may be used at all.
Result<GrantRecord> TokenSource::load() {
  auto found = world_.grants.find(grant_);
  if (!found) return found.error();
  if (!*found) return login_needed("no login is stored for it");
  GrantRecord grant = std::move(**found);
  if (grant.state == GrantState::needs_login) return login_needed(grant.state_reason);
  const auto endpoints = spec_.endpoints(config_);
  if (!endpoints) return endpoints.error();
  if (grant.client_id != config_.client_id || grant.origins != origins_of(*endpoints)) {
    return login_needed("the settings of provider " + config_.name + " changed since this login");
  }
  return grant;
}

// The stored access token, if it is good for some minutes and was not refused by the API. A damaged one is no loss.
std::optional<TokenSource::Held> TokenSource::stored_token(const GrantRecord& grant) {
  if (grant.sealed_access_token.empty() || !grant.access_expires) return std::nullopt;
  const milliseconds left = *grant.access_expires - world_.clock.now();
  if (left < kMargin || left > kLongestLifetime) return std::nullopt;
  auto token = world_.vault.open(grant.sealed_access_token, token_context(grant, SealKind::access_token));
  if (!token || *token == rejected_) return std::nullopt;
  return Held{std::move(*token), *grant.access_expires - kMargin};
}

Result<Secret> TokenSource::renew(const Stop& stop) {
  const std::string what = fmt::format("refreshing the login of {} at {}", account_, spec_.title);
  failpoint("refresh.needed");
  const auto lease = world_.leases.take("grant-" + std::to_string(grant_.value), kLeasePatience, stop);
  if (!lease) return lease.error().within(what);
  failpoint("refresh.leased");

  // Twice, because a login may replace the grant between the reading and the writing.
  for (int round = 0; round < 2; ++round) {
    const auto grant = load();
    if (!grant) return grant.error();
    failpoint("refresh.reread");
    held_ = stored_token(*grant);
    if (held_) return held_->token;

    auto tokens = refresh(*grant, stop);
    failpoint("refresh.answered");
    if (!tokens && tokens.error().code != Code::auth_required) {
      Error error = tokens.error().within(what);
      error.account = account_;
      return error;
    }
    const auto written = tokens ? save(*grant, *tokens) : mark_dead(*grant, tokens.error().message);
    if (!written) return written.error().within(what);
    if (!*written) continue;
    failpoint("refresh.saved");
    if (!tokens) return login_needed(tokens.error().message);
    held_ = Held{tokens->access, use_until(*tokens, world_.clock.now())};
    return held_->token;
  }
  return Error{Code::try_later, what + ": the stored login was changed by another process at the same time",
               "run the same command again", std::nullopt, account_};
}

Result<TokenSet> TokenSource::refresh(const GrantRecord& grant, const Stop& stop) {
  if (grant.sealed_refresh_token.empty()) return Error{Code::auth_required, "no refresh token is stored", ""};
  const auto client = open_client(config_, spec_, world_.vault);
  if (!client) return client.error();
  const auto token = world_.vault.open(grant.sealed_refresh_token, token_context(grant, SealKind::refresh_token));
  if (!token && token.error().code == Code::store) {
    return Error{Code::auth_required, "the stored refresh token is damaged", ""};
  }
  if (!token) return token.error();

  TokenClient endpoint(world_.http, world_.clock, *client);
  const Monotonic end = world_.clock.monotonic() + kRefreshDeadline;
  for (int attempt = 1;; ++attempt) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - world_.clock.monotonic());
    auto tokens = endpoint.refresh(*token, left, stop);
    if (tokens || !passes(tokens.error().code) || attempt == kTries) return tokens;
    const milliseconds wait = std::max<milliseconds>(tokens.error().retry_after.value_or(0s), attempt * 1s);
    if (world_.clock.monotonic() + wait >= end) return tokens;
    if (!world_.clock.sleep_for(wait, stop)) return Stop::error();
  }
}

Result<bool> TokenSource::save(const GrantRecord& grant, const TokenSet& tokens) {
  GrantRecord next = grant;
  auto access = world_.vault.seal(tokens.access, token_context(grant, SealKind::access_token));
  if (!access) return access.error();
  next.sealed_access_token = std::move(*access);
  next.access_expires = tokens.access_expires;
  next.refreshed = world_.clock.now();
  if (tokens.refresh) {  // a missing one means that the old one goes on being valid (RFC 6749 §6)
    auto refresh = world_.vault.seal(*tokens.refresh, token_context(grant, SealKind::refresh_token));
    if (!refresh) return refresh.error();
    next.sealed_refresh_token = std::move(*refresh);
  }
  if (tokens.refresh_expires) next.refresh_expires = tokens.refresh_expires;
  failpoint("refresh.sealed");
  return world_.grants.update(next);
}

// The tokens stay: if the provider was wrong, nothing is lost.
Result<bool> TokenSource::mark_dead(const GrantRecord& grant, const std::string& reason) {
  GrantRecord next = grant;
  next.state = GrantState::needs_login;
  next.state_reason = reason;
  return world_.grants.update(next);
}

Error TokenSource::login_needed(const std::string& reason) const {
  return {Code::auth_required, fmt::format("using the login of {} at {}: {}", account_, spec_.title, reason),
          "mailmgr login --account " + account_, std::nullopt, account_};
}

}  // namespace mailmgr
