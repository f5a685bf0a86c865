#include "core/oauth/token_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/base/failpoint.h"
#include "core/oauth/scopes.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kMargin = 5min;        // a token must last this long to be handed out from the store
constexpr milliseconds kLeasePatience = 60s;  // longer than kRefreshDeadline, so that a waiter outlives a holder
constexpr milliseconds kRefreshDeadline = 30s;
constexpr milliseconds kLongestLifetime = 48h;  // a stored expiry beyond it means that the clock was set back
constexpr int kTries = 3;
constexpr int kRounds = 2;  // a login may replace the grant between the reading and the writing

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
  auto valid = current(stop);
  if (!valid) return valid.error();
  return std::move(valid->token);
}

Result<ValidToken> TokenSource::current(const Stop& stop) {
  const std::lock_guard lock(mutex_);
  if (held_ && world_.clock.now() < held_->use_until) return ValidToken{held_->token, held_->expires};
  const auto grant = load();
  if (!grant) return grant.error();
  held_ = stored_token(*grant);
  if (held_) return ValidToken{held_->token, held_->expires};
  return renew(stop);
}

Result<ValidToken> TokenSource::fresh_for(const std::vector<std::string>& scopes, const Stop& stop) {
  const std::lock_guard lock(mutex_);
  const auto lease = take_lease(stop);
  if (!lease) return lease.error();
  for (int round = 0; round < kRounds; ++round) {
    const auto grant = load();
    if (!grant) return grant.error();
    if (grant->kind == GrantKind::app_only) {
      return Error{Code::refused, renewing() + ": an application's permissions are the API's alone",
                   "use an account that somebody logged in to", std::nullopt, account_};
    }
    auto tokens = fetch(*grant, scopes, stop);
    if (!tokens) {
      Error error = tokens.error().within(renewing());
      error.account = account_;
      return error;
    }
    const auto written = save(*grant, *tokens, Keep::refresh_token);
    if (!written) return written.error().within(renewing());
    if (*written) return ValidToken{tokens->access, tokens->access_expires};
  }
  return overtaken();
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
  if (grant.state != GrantState::active) return unusable(grant, grant.state_reason);
  const auto endpoints = spec_.endpoints(config_);
  if (!endpoints) return endpoints.error();
  const bool other_kind =
      serves_organisation(grant.kind) ? grant.kind != config_.grants : serves_organisation(config_.grants);
  if (other_kind || grant.client_id != config_.client_id || grant.origins != origins_of(*endpoints)) {
    const std::string_view since = serves_organisation(config_.grants) ? "it was connected" : "this login";
    return unusable(grant, fmt::format("the settings of provider {} changed since {}", config_.name, since));
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
  return Held{std::move(*token), *grant.access_expires - kMargin, *grant.access_expires};
}

Result<std::unique_ptr<Lease>> TokenSource::take_lease(const Stop& stop) {
  auto lease = world_.leases.take("grant-" + std::to_string(grant_.value), kLeasePatience, stop);
  if (!lease) return lease.error().within(renewing());
  return lease;
}

Result<ValidToken> TokenSource::renew(const Stop& stop) {
  failpoint("refresh.needed");
  const auto lease = take_lease(stop);
  if (!lease) return lease.error();
  failpoint("refresh.leased");
  for (int round = 0; round < kRounds; ++round) {
    const auto grant = load();
    if (!grant) return grant.error();
    failpoint("refresh.reread");
    held_ = stored_token(*grant);
    if (held_) return ValidToken{held_->token, held_->expires};

    auto tokens = fetch(*grant, api_scopes(grant->scopes, spec_), stop);
    failpoint("refresh.answered");
    if (!tokens && tokens.error().code != Code::auth_required) {
      Error error = tokens.error().within(renewing());
      error.account = account_;
      return error;
    }
    const auto written = tokens ? save(*grant, *tokens, Keep::both) : mark_dead(*grant, tokens.error().message);
    if (!written) return written.error().within(renewing());
    failpoint("refresh.saved");
    if (!*written) continue;
    if (!tokens) return login_needed(tokens.error().message);
    held_ = Held{tokens->access, use_until(*tokens, world_.clock.now()), tokens->access_expires};
    return ValidToken{held_->token, held_->expires};
  }
  return overtaken();
}

Result<TokenSet> TokenSource::fetch(const GrantRecord& grant, const std::vector<std::string>& scopes,
                                    const Stop& stop) {
  Secret refresh;
  if (!serves_organisation(grant.kind)) {
    auto token = refresh_token(grant);
    if (!token) return token.error();
    refresh = std::move(*token);
  }
  const auto client = open_client(config_, spec_, world_.vault);
  if (!client) return client.error();

  TokenClient endpoint(world_.http, world_.clock, world_.random, *client);
  const Monotonic end = world_.clock.monotonic() + kRefreshDeadline;
  for (int attempt = 1;; ++attempt) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - world_.clock.monotonic());
    auto tokens = ask(endpoint, grant, refresh, scopes, left, stop);
    if (tokens || !passes(tokens.error().code) || attempt == kTries) return tokens;
    const milliseconds wait = std::max<milliseconds>(tokens.error().retry_after.value_or(0s), attempt * 1s);
    if (world_.clock.monotonic() + wait >= end) return tokens;
    if (!world_.clock.sleep_for(wait, stop)) return Stop::error();
  }
}

Result<TokenSet> TokenSource::ask(TokenClient& endpoint, const GrantRecord& grant, const Secret& refresh_token,
                                  const std::vector<std::string>& scopes, milliseconds deadline, const Stop& stop) {
  switch (grant.kind) {
    case GrantKind::service_account:
      return endpoint.act_for(grant.email, scopes.empty() ? grant.scopes : std::set(scopes.begin(), scopes.end()),
                              deadline, stop);
    case GrantKind::app_only:
      return endpoint.act_alone(deadline, stop);
    case GrantKind::oauth_code:
    case GrantKind::device:
      break;
  }
  return endpoint.refresh(refresh_token, deadline, stop, scopes);
}

Result<Secret> TokenSource::refresh_token(const GrantRecord& grant) {
  if (grant.sealed_refresh_token.empty()) return Error{Code::auth_required, "no refresh token is stored", ""};
  auto token = world_.vault.open(grant.sealed_refresh_token, token_context(grant, SealKind::refresh_token));
  if (token || token.error().code != Code::store) return token;
  return Error{Code::auth_required, "the stored refresh token is damaged", ""};
}

// The row may change meanwhile without a new login: its keys were rotated, a setting changed. A refresh token may work
// only once, so what was got for it is kept for as long as the row still holds the one that was spent.
Result<bool> TokenSource::save(const GrantRecord& grant, const TokenSet& tokens, Keep keep) {
  GrantRecord row = grant;
  for (int attempt = 1;; ++attempt) {
    const auto next = with_tokens(row, tokens, keep);
    if (!next) return next.error();
    failpoint("refresh.sealed");
    const auto saved = world_.grants.update(*next);
    if (!saved || *saved || attempt == kTries) return saved;
    auto changed = load();
    if (!changed) return changed.error();
    if (!holds_same_login(*changed, grant)) return false;
    row = *std::move(changed);
  }
}

Result<GrantRecord> TokenSource::with_tokens(const GrantRecord& grant, const TokenSet& tokens, Keep keep) {
  GrantRecord next = grant;
  if (keep == Keep::both) {
    auto access = world_.vault.seal(tokens.access, token_context(grant, SealKind::access_token));
    if (!access) return access.error();
    next.sealed_access_token = std::move(*access);
    next.access_expires = tokens.access_expires;
  }
  next.refreshed = world_.clock.now();
  if (tokens.refresh) {  // a missing one means that the old one goes on being valid (RFC 6749 §6)
    auto refresh = world_.vault.seal(*tokens.refresh, token_context(grant, SealKind::refresh_token));
    if (!refresh) return refresh.error();
    next.sealed_refresh_token = std::move(*refresh);
  }
  if (tokens.refresh_expires) next.refresh_expires = tokens.refresh_expires;
  return next;
}

bool TokenSource::holds_same_login(const GrantRecord& one, const GrantRecord& other) {
  if (one.sealed_refresh_token.empty() && other.sealed_refresh_token.empty()) return true;  // an organisation's
  const auto first = world_.vault.open(one.sealed_refresh_token, token_context(one, SealKind::refresh_token));
  const auto second = world_.vault.open(other.sealed_refresh_token, token_context(other, SealKind::refresh_token));
  return first && second && *first == *second;
}

// The tokens stay: if the provider was wrong, nothing is lost.
Result<bool> TokenSource::mark_dead(const GrantRecord& grant, const std::string& reason) {
  GrantRecord next = grant;
  next.state = GrantState::needs_login;
  next.state_reason = reason;
  return world_.grants.update(next);
}

// Why a stored grant must not be used, and what makes it usable again.
Error TokenSource::unusable(const GrantRecord& grant, const std::string& reason) const {
  if (!serves_organisation(config_.grants)) return login_needed(reason);
  const std::string& email = grant.email.empty() ? account_ : grant.email;
  return {Code::config, fmt::format("reaching {} through {}: {}", account_, config_.name, reason),
          fmt::format("mailmgr account connect {} --provider {}", email, config_.name), std::nullopt, account_};
}

Error TokenSource::login_needed(const std::string& reason) const {
  return {Code::auth_required, fmt::format("using the login of {} at {}: {}", account_, spec_.title, reason),
          "mailmgr login --account " + account_, std::nullopt, account_};
}

std::string TokenSource::renewing() const {
  return serves_organisation(config_.grants) ? fmt::format("asking {} for access to {}", spec_.title, account_)
                                             : fmt::format("refreshing the login of {} at {}", account_, spec_.title);
}

Error TokenSource::overtaken() const {
  return {Code::try_later, renewing() + ": the stored login was changed by another process at the same time",
          "run the same command again", std::nullopt, account_};
}

}  // namespace mailmgr
