#include <fmt/format.h>

#include "core/base/failpoint.h"
#include "core/flow/login_authorize.h"
#include "core/net/retry.h"
#include "core/oauth/authorization.h"
#include "core/oauth/pkce.h"
#include "core/oauth/scopes.h"
#include "core/oauth/token_client.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kTimeout = 5min;
constexpr milliseconds kExchangeDeadline = 30s;
constexpr milliseconds kExchangePatience = 30s;
constexpr int kExchangeTries = 3;

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

// A login that took long is worth a word about who else knocked.
void tell_of_strangers(const CallbackListener* listener, const LoginFront& front) {
  const int count = listener ? listener->rejected() : 0;
  if (count == 0 || !front.remark) return;
  front.remark(fmt::format("{} to this login's port did not belong to it and {} turned away",
                           count == 1 ? "1 request" : fmt::format("{} requests", count), count == 1 ? "was" : "were"));
}

}  // namespace

Result<TokenSet> authorize_in_browser(const LoginPlan& plan, const OAuthClient& client, const LoginRequest& request,
                                      const LoginWorld& world, const LoginFront& front, const Stop& stop) {
  const auto redirect = listen(plan, request, front, world.listeners);
  if (!redirect) return redirect.error();
  failpoint("login.listening");
  const std::string state = make_state(world.random);
  const std::string nonce = make_state(world.random);
  const Pkce pkce = make_pkce(world.random);
  const Url url = authorization_url(client, {redirect->uri, plan.scopes, state, pkce.challenge, plan.expected_email,
                                             plan.spec->authorize_extras, nonce});
  front.on_url({url, redirect->uri, redirect->listener ? redirect->listener->port() : std::uint16_t{0}});
  failpoint("login.url_shown");
  if (request.open_browser) {
    const Status opened = world.browser.open(url);
    if (!opened && front.remark) front.remark(opened.error().message);
  }

  const LoginWait wait{redirect->listener.get(), redirect->uri, state, request.timeout.value_or(kTimeout),
                       plan.spec->browser_errors};
  const auto answer = wait_for_answer(wait, front, world.clock, stop);
  tell_of_strangers(wait.listener, front);
  if (!answer) return answer.error();
  failpoint("login.code_received");
  const auto code = authorization_code(*answer, client);
  if (!code) return code.error();
  TokenClient endpoint(world.http(plan.config), world.clock, world.random, client);
  // Repeated only while it was certainly not processed: a code works once.
  auto tokens = with_retries(Retry({false, kExchangeTries, kExchangePatience}, world.clock, world.random), stop, [&] {
    return endpoint.exchange(*code, redirect->uri, pkce.verifier, kExchangeDeadline, stop, nonce,
                             api_scopes({plan.scopes.begin(), plan.scopes.end()}, *plan.spec));
  });
  failpoint("login.exchanged");
  return tokens;
}

}  // namespace mailmgr
