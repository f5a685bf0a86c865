#include "core/flow/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/failpoint.h"
#include "core/flow/login_authorize.h"
#include "core/flow/login_commit.h"
#include "core/flow/login_plan.h"
#include "core/oauth/scopes.h"
#include "core/oauth/server_text.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

// The token of the login that is going on; nothing refreshes it.
class FreshToken final : public AccessTokens {
 public:
  explicit FreshToken(const Secret& token) : token_(token) {}
  Result<Secret> get(const Stop&) override {
    if (rejected_) return Error{Code::auth_required, "the API does not accept the new access token", "log in again"};
    return token_;
  }
  void reject(const Secret&) override { rejected_ = true; }

 private:
  const Secret& token_;
  bool rejected_ = false;
};

// One login for one mailbox at a time.
Result<std::unique_ptr<Lease>> take_lease(const LoginPlan& plan, const std::string& email, milliseconds patience,
                                          const LoginWorld& world, const Stop& stop) {
  const std::string name = "login-" + hex(sha256(plan.config.name + '\n' + to_lower_ascii(email))).substr(0, 32);
  auto lease = world.leases.take(name, patience, stop);
  if (lease || lease.error().code != Code::busy) return lease;
  return Error{Code::busy, fmt::format("a login for {} is already running ({})", email, lease.error().message),
               "finish that one, or end it and run this again"};
}

std::vector<std::string> missing(const std::vector<std::string>& asked, const std::set<std::string>& granted,
                                 const ProviderSpec& spec) {
  // What never comes back as a scope: offline_access shows in the refresh token, the others in an id_token.
  const std::set<std::string> silent{"offline_access", "openid", "email", "profile"};
  std::vector<std::string> found;
  for (const auto& scope : asked) {
    if (!granted.contains(spec.canonical_scope(scope)) && !silent.contains(scope)) found.push_back(scope);
  }
  return found;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// Whether the tokens can do what was asked for.
Status check_grant(const LoginPlan& plan, const TokenSet& tokens, const std::set<std::string>& scopes) {
  if (const auto lacking = missing(plan.essential, scopes, *plan.spec); !lacking.empty()) {
    return Error{Code::refused, fmt::format("permission was not given for: {}; nothing was changed", joined(lacking)),
                 "log in again and tick every box on the provider's page, or ask for less with --access"};
  }
  if (tokens.refresh) return {};
  return Error{Code::refused,
               fmt::format("{} gave no refresh token, so the login would end within the hour; nothing was changed",
                           plan.spec->title),
               "remove this client's access in the settings of the account at the provider, then log in again"};
}

bool is_address(std::string_view email) {
  const std::size_t at = email.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < email.size() && email.size() <= 320 &&
         std::none_of(email.begin(), email.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

// Whose mailbox the tokens open, and whether that is the one that was meant.
Result<Profile> check_mailbox(const LoginPlan& plan, const OAuthClient& client, const TokenSet& tokens,
                              const LoginRequest& request, const LoginWorld& world, const Stop& stop) {
  FreshToken token(tokens.access);
  const ProviderDeps deps{world.http(plan.config), token, world.clock, world.random, client.endpoints};
  auto profile = plan.spec->mailbox(deps)->profile(stop);
  if (!profile) {
    Error error = profile.error().within("asking for the mailbox");
    if (exit_class(error.code).code == Code::not_found) error.code = Code::refused;
    return error;
  }
  if (!is_address(profile->email)) {
    return Error{Code::refused, "this account has no mailbox; nothing was changed",
                 "log in with an account that has one"};
  }
  const bool expected = plan.expected_email.empty() || equals_ignoring_ascii_case(profile->email, plan.expected_email);
  if (expected || request.allow_different) return profile;
  return Error{Code::refused,
               fmt::format("{} logged in, but {} was expected; nothing was changed", server_text(profile->email),
                           plan.expected_email),
               "choose the other account in the browser, or use --allow-different"};
}

Result<LoginResult> finish(const LoginPlan& plan, const OAuthClient& client, TokenSet tokens,
                           const LoginRequest& request, const LoginWorld& world, const Stop& stop) {
  LoginResult result;
  result.access = plan.access;
  for (const auto& scope : plan.scopes) {
    // The answer names the API's scopes alone; the consent was to all or nothing.
    if (!tokens.scopes || is_server_scope(scope, *plan.spec)) result.scopes.insert(plan.spec->canonical_scope(scope));
  }
  if (tokens.scopes) {
    for (const auto& scope : *tokens.scopes) result.scopes.insert(plan.spec->canonical_scope(scope));
  }
  if (const Status good = check_grant(plan, tokens, result.scopes); !good) return good.error();
  const auto profile = check_mailbox(plan, client, tokens, request, world, stop);
  if (!profile) return profile.error();
  failpoint("login.mailbox_asked");

  // Somebody without a hint may have logged in to a mailbox that another login is busy with.
  std::unique_ptr<Lease> lease;
  if (plan.expected_email.empty()) {
    auto taken = take_lease(plan, profile->email, 10s, world, stop);
    if (!taken) return taken.error();
    lease = std::move(*taken);
  }
  result.missing_scopes = missing(plan.scopes, result.scopes, *plan.spec);
  auto committed =
      commit_login(plan, request,
                   {std::move(tokens), *profile, result.scopes, client.client_id, origins_of(client.endpoints)}, world);
  if (!committed) return committed.error();
  result.account = std::move(committed->account);
  result.connected = committed->connected;
  const auto grant = world.grants.find(result.account.grant);
  if (!grant) return grant.error();
  result.forecast = forecast_login(*grant, *plan.spec, world.clock.now());
  return result;
}

Result<LoginResult> run(const LoginPlan& plan, const LoginRequest& request, const LoginWorld& world,
                        const LoginFront& front, const Stop& stop) {
  std::unique_ptr<Lease> lease;
  if (!plan.expected_email.empty()) {
    auto taken = take_lease(plan, plan.expected_email, 0s, world, stop);
    if (!taken) return taken.error();
    lease = std::move(*taken);
  }
  // Nobody should click through a consent page and learn then that its result cannot be kept.
  if (const Status ready = world.vault.prepare(); !ready) return ready.error();
  const auto client = open_client(plan.config, *plan.spec, world.vault);
  if (!client) return client.error();
  const auto authorize = request.device ? authorize_on_device : authorize_in_browser;
  auto tokens = authorize(plan, *client, request, world, front, stop);
  if (!tokens) {
    Error error = tokens.error();
    const std::string again = "mailmgr login " + plan.config.name + (request.device ? " --device" : "");
    if (error.code == Code::auth_required && error.hint.empty()) error.hint = again;
    return error;
  }
  return finish(plan, *client, std::move(*tokens), request, world, stop);
}

}  // namespace

Result<LoginResult> login(const LoginRequest& request, const LoginWorld& world, const LoginFront& front,
                          const Stop& stop) {
  const auto plan = plan_login(request, world);
  if (!plan) return plan.error().within("logging in");
  auto result = run(*plan, request, world, front, stop);
  if (!result) return result.error().within(fmt::format("logging in to {}", plan->config.name));
  return result;
}

}  // namespace mailmgr
