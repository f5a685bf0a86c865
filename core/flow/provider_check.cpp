#include "core/flow/provider_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/flow/provider_lookup.h"
#include "core/oauth/authorization.h"
#include "core/oauth/pkce.h"
#include "core/oauth/silent_answer.h"
#include "core/oauth/token_client.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;
using Verdict = ProviderCheck::Verdict;

constexpr milliseconds kDeadline = 30s;
constexpr std::size_t kMaxPage = std::size_t{4} << 20;
constexpr std::uint16_t kSomePort = 49'152;   // nobody listens: no browser follows the redirect
constexpr std::int64_t kMalformed = 9002313;  // Entra did not get as far as looking at the client

bool is_lost(const Error& error) {
  return error.code == Code::unreachable || error.code == Code::no_answer;
}

// Stands where a token would be: the API must know that it is none.
class NoToken final : public AccessTokens {
 public:
  Result<Secret> get(const Stop&) override {
    if (rejected) return Error{Code::auth_required, "the API wants a token", ""};
    return Secret("none");
  }
  void reject(const Secret&) override { rejected = true; }

  bool rejected = false;
};

class Checks {
 public:
  Checks(const ProviderConfig& config, const ProviderSpec& spec, const ProviderCheckWorld& world, const Stop& stop)
      : config_(config), spec_(spec), world_(world), stop_(stop) {}

  Result<std::vector<ProviderCheck>> run() {
    const auto client = open_client(config_, spec_, world_.vault);
    if (!client) {
      bad("settings", client.error());
      return std::move(checks_);
    }
    if (spec_.secret_required && config_.grants == GrantKind::oauth_code && !client->client_secret) {
      bad("settings", {Code::config, fmt::format("{} asks for a client secret, and none is set", spec_.title),
                       fmt::format("mailmgr provider set {} --client-secret-file FILE", config_.name)});
    } else {
      good("settings");
    }
    if (config_.grants == GrantKind::oauth_code) {
      ask_for_login(*client);
      ask_for_tokens(*client);
    } else {
      ask_for_organisation_token(*client);
    }
    ask_api(*client);
    if (stop_.interrupted()) return Stop::error();
    return std::move(checks_);
  }

 private:
  std::string redirect_uri() const {
    if (!config_.redirect_uri.empty()) return config_.redirect_uri;
    return fmt::format("http://{}:{}{}", spec_.redirect_host, kSomePort,
                       spec_.redirect_path == "/" ? "" : spec_.redirect_path);
  }

  // Whether client id and redirect URI lead to a login.
  void ask_for_login(const OAuthClient& client) {
    AuthorizationRequest request;
    request.redirect_uri = redirect_uri();
    request.scopes = spec_.scopes(config_.access, config_.with);
    request.state = make_state(world_.random);
    request.code_challenge = make_pkce(world_.random).challenge;
    for (const auto& extra : spec_.authorize_extras) {
      if (extra.first != "prompt") request.extras.push_back(extra);
    }
    request.extras.emplace_back("prompt", "none");
    HttpRequest http;
    http.url = authorization_url(client, request);
    http.headers = {{"Accept", "text/html"}};
    http.max_body = kMaxPage;
    http.deadline = kDeadline;
    const auto response = world_.http.send(http, stop_);
    if (!reached("login_host", client.endpoints.authorize, response ? Status() : Status(response.error()))) return;
    if (response->status >= 500) return unknown("redirect", fmt::format("{} is in trouble for now", spec_.title));
    const auto answer = read_silent_answer(*response, request.redirect_uri, request.state, client);
    if (!answer) return bad("redirect", answer.error());
    if (*answer == SilentAnswer::accepted) return good("redirect", request.redirect_uri);
    unknown("redirect", "it could not be told without a browser: mailmgr login " + config_.name);
  }

  // Whether client id and secret are accepted: with a code that cannot be valid, everything else must be right for the
  // code to be what is wrong (RFC 6749 §4.1.3, §5.2).
  void ask_for_tokens(const OAuthClient& client) {
    if (is_down(client.endpoints.token)) return;
    TokenClient endpoint(world_.http, world_.clock, world_.random, client);
    const auto tokens = endpoint.exchange(Secret("mailmgr-provider-test"), redirect_uri(),
                                          make_pkce(world_.random).verifier, kDeadline, stop_);
    const Status status = tokens ? Status() : Status(tokens.error());
    if (!reached("token_host", client.endpoints.token, status)) return;
    if (!tokens && tokens.error().code != Code::auth_required) return bad("client", tokens.error());
    const auto numbers = tokens ? std::vector<std::int64_t>() : entra_codes_in(tokens.error().message);
    const bool looked_at = std::find(numbers.begin(), numbers.end(), kMalformed) == numbers.end();
    if (tokens || !looked_at) return unknown("client", "it could not be told: mailmgr login " + config_.name);
    good("client", client.client_secret ? "client id and secret are accepted" : "the client id is accepted");
  }

  void ask_for_organisation_token(const OAuthClient& client) {
    const bool acts_for_one = config_.grants == GrantKind::service_account;
    if (acts_for_one && world_.mailbox.empty()) {
      return unknown("token",
                     "it shows with the first mailbox: mailmgr account connect EMAIL --provider " + config_.name);
    }
    TokenClient endpoint(world_.http, world_.clock, world_.random, client);
    const auto scopes = spec_.organisation_scopes(config_.access, config_.with);
    const auto tokens = acts_for_one
                            ? endpoint.act_for(world_.mailbox, {scopes.begin(), scopes.end()}, kDeadline, stop_)
                            : endpoint.act_alone(kDeadline, stop_);
    if (!reached("token_host", client.endpoints.token, tokens ? Status() : Status(tokens.error()))) return;
    tokens ? good("token") : bad("token", tokens.error());
  }

  // Whether the API answers as it should to somebody without a token. That it is enabled shows only with one.
  void ask_api(const OAuthClient& client) {
    if (is_down(client.endpoints.api)) return;
    NoToken token;
    const ProviderDeps deps{world_.http, token, world_.clock, world_.random, client.endpoints};
    const auto profile = spec_.mailbox(deps)->profile(stop_);
    const Status status = profile ? Status() : Status(profile.error());
    if (!reached("api_host", client.endpoints.api, token.rejected ? Status() : status)) return;
    if (token.rejected) return good("api");
    if (!profile && exit_class(profile.error().code).code != Code::not_found) return bad("api", profile.error());
    bad("api",
        {Code::config, fmt::format("what answers at {} is not {}'s API", client.endpoints.api.str(), spec_.title),
         fmt::format("check --base-url and --api-url: mailmgr provider show {}", config_.name)});
  }

  // The check of a host, once per host; false where it could not be reached.
  bool reached(std::string_view name, const Url& url, const Status& answer) {
    if (answer || !is_lost(answer.error())) {
      if (hosts_.insert(url.origin()).second) good(name, url.origin());
      return true;
    }
    if (!stop_.interrupted()) {
      Error error = answer.error();
      if (error.hint.empty()) error.hint = "check the network, HTTPS_PROXY, and: mailmgr provider show " + config_.name;
      bad(name, std::move(error));
    }
    down_.insert(url.origin());
    return false;
  }

  bool is_down(const Url& url) const { return stop_.interrupted() || down_.contains(url.origin()); }

  void good(std::string_view name, std::string message = {}) {
    checks_.push_back({name, Verdict::good, std::move(message), std::nullopt});
  }
  void unknown(std::string_view name, std::string message) {
    checks_.push_back({name, Verdict::unknown, std::move(message), std::nullopt});
  }
  void bad(std::string_view name, Error error) {
    checks_.push_back({name, Verdict::bad, error.message, std::move(error)});
  }

  const ProviderConfig& config_;
  const ProviderSpec& spec_;
  const ProviderCheckWorld& world_;
  const Stop& stop_;
  std::set<std::string> hosts_, down_;  // origins
  std::vector<ProviderCheck> checks_;
};

}  // namespace

Result<std::vector<ProviderCheck>> check_provider_setup(const ProviderConfig& config, const ProviderCheckWorld& world,
                                                        const Stop& stop) {
  const ProviderSpec* spec = find_spec(world.specs, config.kind);
  if (!spec) return Error{Code::internal, "provider " + config.name + " is of an unknown kind", ""};
  return Checks(config, *spec, world, stop).run();
}

Status outcome(const std::vector<ProviderCheck>& checks) {
  constexpr std::array kWorstFirst{Code::store, Code::internal, Code::config, Code::refused};
  const auto rank = [&](const Error& error) {
    return std::find(kWorstFirst.begin(), kWorstFirst.end(), exit_class(error.code).code) - kWorstFirst.begin();
  };
  const Error* worst = nullptr;
  for (const auto& check : checks) {
    if (check.error && (!worst || rank(*check.error) < rank(*worst))) worst = &*check.error;
  }
  return worst ? Status(*worst) : Status();
}

}  // namespace mailmgr
