#include "core/flow/login.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/failpoint.h"
#include "core/flow/login_commit.h"
#include "core/flow/login_plan.h"
#include "core/net/retry.h"
#include "core/oauth/authorization.h"
#include "core/oauth/pkce.h"
#include "core/oauth/server_text.h"
#include "core/oauth/token_client.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kExchangeDeadline = 30s;
constexpr milliseconds kExchangePatience = 30s;
constexpr int kExchangeTries = 3;

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

struct Redirect {
  std::unique_ptr<CallbackListener> listener;  // null: the registered URI is no loopback address
  std::string uri;
};

// Binds before the URL is built, so that the port in it is ours.
Result<Redirect> listen(const LoginPlan& plan, const LoginRequest& request, const LoginFront& front,
                        CallbackListeners& listeners) {
  const std::string& registered = plan.config.redirect_uri;
  if (registered.empty()) {
    const std::string host(plan.spec->redirect_host);
    const std::string path(plan.spec->redirect_path);
    auto listener = listeners.listen({host, request.port, path});
    if (!listener) return listener.error();
    // A bare "/" is left out: Entra compares the registered http://localhost to the letter, but for the port.
    std::string uri = fmt::format("http://{}:{}{}", host, (*listener)->port(), path == "/" ? "" : path);
    return Redirect{std::move(*listener), std::move(uri)};
  }
  const auto url = Url::parse(registered);
  if (!url) return url.error();
  if (!url->is_loopback() || url->scheme != "http") {
    if (front.read_paste) return Redirect{nullptr, registered};
    return Error{Code::config, fmt::format("the redirect URI {} does not lead to this machine", registered),
                 fmt::format("paste the URL the browser ends at: mailmgr login {} --no-browser", plan.config.name)};
  }
  if (request.port && *request.port != url->port) {
    return Error{Code::usage, fmt::format("--port {}: the registered redirect URI is {}", *request.port, registered),
                 "leave --port out"};
  }
  auto listener = listeners.listen({url->host, url->port, url->path});
  if (!listener) return listener.error();
  return Redirect{std::move(*listener), registered};
}

struct Granted {
  TokenSet tokens;
  int stray_requests = 0;
};

Result<Granted> authorize(const LoginPlan& plan, const OAuthClient& client, const LoginRequest& request,
                          const LoginWorld& world, const LoginFront& front, const Stop& stop) {
  const auto redirect = listen(plan, request, front, world.listeners);
  if (!redirect) return redirect.error();
  failpoint("login.listening");
  const std::string state = make_state(world.random);
  const Pkce pkce = make_pkce(world.random);
  const Url url = authorization_url(
      client, {redirect->uri, plan.scopes, state, pkce.challenge, plan.expected_email, plan.spec->authorize_extras});
  front.on_url({url, redirect->uri, redirect->listener ? redirect->listener->port() : std::uint16_t{0}});
  failpoint("login.url_shown");
  if (request.open_browser) {
    const Status opened = world.browser.open(url);
    if (!opened && front.remark) front.remark(opened.error().message);
  }

  const auto answer =
      wait_for_answer({redirect->listener.get(), redirect->uri, state, request.timeout}, front, world.clock, stop);
  if (!answer) return answer.error();
  failpoint("login.code_received");
  const auto code = authorization_code(*answer, client);
  if (!code) return code.error();
  TokenClient endpoint(world.http(plan.config), world.clock, client);
  // Repeated only while it was certainly not processed: a code works once.
  auto tokens = with_retries(Retry({false, kExchangeTries, kExchangePatience}, world.clock, world.random), stop, [&] {
    return endpoint.exchange(*code, redirect->uri, pkce.verifier, kExchangeDeadline, stop);
  });
  if (!tokens) {
    Error error = tokens.error();
    if (error.code == Code::auth_required && error.hint.empty()) error.hint = "mailmgr login " + plan.config.name;
    return error;
  }
  failpoint("login.exchanged");
  return Granted{std::move(*tokens), redirect->listener ? redirect->listener->rejected() : 0};
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

// A refresh token with an end of its own: Google's projects in status Testing, or access granted for a time.
std::string reason_of_end(const TokenSet& tokens, const ProviderSpec& spec, Time now) {
  if (!tokens.refresh_expires) return "";
  const bool testing = spec.kind == ProviderKind::google && *tokens.refresh_expires - now <= std::chrono::hours(24 * 7);
  return testing ? "the Google Cloud project is in status Testing, where logins end after 7 days"
                 : fmt::format("{} limits this login to that time", spec.title);
}

Result<LoginResult> finish(const LoginPlan& plan, const OAuthClient& client, Granted granted,
                           const LoginRequest& request, const LoginWorld& world, const Stop& stop) {
  LoginResult result;
  result.stray_requests = granted.stray_requests;
  TokenSet& tokens = granted.tokens;
  for (const auto& scope : plan.scopes) {
    if (!tokens.scopes) result.scopes.insert(plan.spec->canonical_scope(scope));
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
  result.auth_expires = tokens.refresh_expires;
  result.auth_reason = reason_of_end(tokens, *plan.spec, world.clock.now());
  auto account =
      commit_login(plan, request,
                   {std::move(tokens), *profile, result.scopes, client.client_id, origins_of(client.endpoints)}, world);
  if (!account) return account.error();
  result.account = std::move(*account);
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
  auto granted = authorize(plan, *client, request, world, front, stop);
  if (!granted) return granted.error();
  return finish(plan, *client, std::move(*granted), request, world, stop);
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
