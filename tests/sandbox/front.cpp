#include "tests/sandbox/front.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/base/encoding.h"
#include "core/base/url.h"
#include "tests/sandbox/loader.h"
#include "tests/sandbox/microsoft_errors.h"
#include "tests/sandbox/synthetic.h"

namespace mailmgr::sandbox {
namespace {

bool allowed(const Request& request, std::string_view method) {
  return request.method == method || (method == "GET" && request.method == "HEAD");
}

bool is_graphs(std::string_view scope) {
  return is_identity_scope(scope) || resource_of(scope) == "https://graph.microsoft.com/";
}

Response wrong_method(const Request& request) {
  auto response = plain_text(405, request.method + " is not a method of " + request.path + "\n");
  return response;
}

constexpr std::string_view kHeld = "/_sandbox/held/";

// What a request for another page of the same has in common with it.
std::string without_page(const Request& request) {
  std::string key = request.path + "?";
  for (const auto& [name, value] : decode_query(request.query).value_or(QueryParams())) {
    if (name != "pageToken" && name != "$skiptoken" && name != "$deltatoken") key += name + "=" + value + "&";
  }
  return key;
}

// IMF-fixdate (RFC 9110 §5.6.7).
std::string http_date(Time time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace

Sandbox::Sandbox(const Options& options, Clock& clock, const ServiceMakers& makers)
    : clock_(clock), prefix_(options.prefix), is_upload_(makers.is_upload), faults_(options.seed) {
  const DeliverTo deliver = [this](const std::string& recipient, const std::string& raw) {
    pending_.emplace_back(recipient, raw);
  };
  gmail_ = makers.google(*this, deliver);
  graph_ = makers.microsoft(*this, deliver);
  oauth_.settings = {options.auto_consent, options.access_lifetime, options.rotate_refresh_tokens};
  for (const auto& client : options.clients) oauth_.clients.put(client);
  for (const auto& spec : options.accounts) {
    const auto& account = oauth_.accounts.add(spec);
    if (!service(account.provider).has_mailbox(account.email)) service(account.provider).add_mailbox(account.email);
  }
  if (!options.faults.empty()) {
    const auto rules = nlohmann::json::parse(options.faults, nullptr, false);
    if (rules.is_discarded()) throw std::invalid_argument("fault rules: not JSON");
    faults_.add(rules);
  }
  load_mail(options);
  control_ = std::make_unique<Control>(
      Control::World{oauth_, microsoft_, faults_, stats_, secrets_,
                     [this](Provider provider) -> MailService& { return service(provider); }, [this] { return now(); },
                     [this](std::chrono::milliseconds ahead) { return offset_ += ahead; },
                     [this](const Request& request) { return submit_consent(request); }});
}

Sandbox::~Sandbox() = default;

Time Sandbox::now() {
  return clock_.now() + offset_;
}

void Sandbox::load_mail(const Options& options) {
  for (const auto& source : options.mail)
    if (!source.email.empty() && !oauth_.accounts.find(source.email))
      throw std::invalid_argument("mail for " + source.email + ": no such account");
  for (const auto& account : oauth_.accounts.all()) {
    std::vector<MailSource> own;
    for (const auto& source : options.mail)
      if (source.email.empty() || equals_ignoring_ascii_case(source.email, account.email)) own.push_back(source);
    auto messages = own.empty() ? std::vector<SourceMessage>() : load_sources(own);
    try {
      if (!messages.empty()) service(account.provider).load(account.email, std::move(messages));
      if (options.synthetic == 0) continue;
      service(account.provider)
          .load(account.email, synthetic_mail({options.synthetic, options.seed, account.email, options.newest}));
    } catch (const std::exception& error) {
      // A folder on disk may have a name that the provider keeps for itself.
      throw std::runtime_error("loading mail for " + account.email + ": " + error.what());
    }
  }
}

Response Sandbox::handle(Request request) {
  Lock lock(mutex_);
  // The control API and the pages people see are also reached without the prefix: they are not the provider's.
  if (!prefix_.empty() && api_of(request.path) != Api::control) {
    if (!request.path.starts_with(prefix_ + "/")) return plain_text(404, "outside of " + prefix_ + "\n");
    request.path.erase(0, prefix_.size());
    request.headers.emplace_back("X-Sandbox-Origin", base_url(request) + prefix_);
  }
  const auto api = api_of(request.path);
  if (api == Api::control) {
    if (request.path.starts_with(kHeld)) return wait_for_held(request, lock);
    auto response = control_->handle(request);
    if (request.path.ends_with("/consent")) secrets_.note(request, response);
    changed_.notify_all();  // a rule may be gone
    return response;
  }
  auto hit = fault(request, lock);
  user_ = user_name(request);
  Response response = respond(request, api, hit);
  response.headers.emplace_back("Date", http_date(now()));
  const bool google = api == Api::gmail || api == Api::google_oauth;
  if (api == Api::google_oauth || api == Api::microsoft_oauth) secrets_.note(request, response);
  stats_.count(request, response, google ? "google" : "microsoft", user_);
  return response;
}

// Waits while a rule holds the request.
std::optional<Faults::Hit> Sandbox::fault(const Request& request, Lock& lock) {
  const auto user = user_name(request);
  auto hit = faults_.hit(request, user, false, now());
  while (hit && hit->held_by && !released_) {
    ++held_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return released_ || !faults_.has(*hit->held_by); });
    --held_;
    hit = faults_.hit(request, user, false, now());
  }
  return hit;
}

Response Sandbox::respond(const Request& request, Api api, std::optional<Faults::Hit>& hit) {
  Response response;
  const auto key = faults_.repeats() ? without_page(request) : std::string();
  if (hit && hit->transport == Transport::reset_before_handling) {
    response.transport = hit->transport;
  } else if (hit && hit->instead && !hit->handled) {
    response = std::move(*hit->instead);
  } else if (const auto earlier = answers_.find(key); hit && hit->repeat && earlier != answers_.end()) {
    response = earlier->second;
  } else {
    try {
      response = answer(request, api);
      deliver_pending();
    } catch (const std::exception& error) {
      response = plain_text(500, std::string("the sandbox failed: ") + error.what() + "\n");
    }
    if (request.method == "GET" && response.status == 200 && !key.empty()) answers_[key] = response;
    if (hit) response.transport = hit->transport;
    if (hit && hit->instead) response = std::move(*hit->instead);
  }
  return response;
}

Response Sandbox::wait_for_held(const Request& request, Lock& lock) {
  std::size_t wanted = 0;
  const auto number = std::string_view(request.path).substr(kHeld.size());
  std::from_chars(number.data(), number.data() + number.size(), wanted);
  changed_.wait(lock, [&] { return released_ || held_ >= wanted; });
  return Response::json(200, {{"held", held_}});
}

void Sandbox::release() {
  const Lock lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

Response Sandbox::answer(const Request& request, Api api) {
  switch (api) {
    case Api::google_oauth:
      return google_oauth(request);
    case Api::microsoft_oauth:
      return microsoft_oauth(request);
    case Api::gmail:
      return gmail(request);
    case Api::graph:
      return graph(request);
    default:
      break;
  }
  if (is_upload_(request.path)) return graph_->handle(request, {}, now());
  return plain_text(404, "no such path at either provider: " + request.path + "\n");
}

Response Sandbox::google_oauth(const Request& request) {
  const auto& path = request.path;
  const auto when = now();
  if (path == "/o/oauth2/v2/auth")
    return allowed(request, "GET") ? google_.authorize(request, when) : wrong_method(request);
  if (path == "/v1/userinfo") return google_.userinfo(request, when);
  if (path == "/oauth2/v3/certs") return google_.keys();
  if (path == "/.well-known/openid-configuration") return GoogleOAuth::discovery(request);
  if (!allowed(request, "POST")) return wrong_method(request);
  if (path == "/token") return google_.token(request, when);
  if (path == "/revoke") return google_.revoke(request, when);
  return google_.device_code(request);
}

Response Sandbox::microsoft_oauth(const Request& request) {
  const auto when = now();
  const std::string_view path = request.path;
  if (path == "/oidc/userinfo") return microsoft_.userinfo(request, when);
  const auto slash = path.find('/', 1);
  const auto tenant = percent_decode(path.substr(1, slash - 1)).value_or("");
  const auto rest = path.substr(slash);
  if (rest == "/discovery/v2.0/keys") return microsoft_.keys();
  if (rest == "/v2.0/.well-known/openid-configuration") return microsoft_.discovery(request, tenant, when);
  if (rest == "/oauth2/v2.0/authorize")
    return allowed(request, "GET") ? microsoft_.authorize(request, tenant, when) : wrong_method(request);
  if (rest == "/oauth2/v2.0/logout") return microsoft_.logout(request);
  if (rest == "/oauth2/v2.0/token" || rest == "/oauth2/v2.0/devicecode") {
    if (!allowed(request, "POST"))
      return aad_token_error(
          {"invalid_request", 900561,
           "The endpoint only accepts POST requests. Received a " + request.method + " request.", "", 400},
          when);
    return rest.ends_with("token") ? microsoft_.token(request, tenant, when)
                                   : microsoft_.device_code(request, tenant, when);
  }
  return plain_text(404, "no such path: " + request.path + "\n");
}

const TokenRecord* Sandbox::live_token(const Request& request, Provider provider) {
  const auto found = oauth_.tokens.access(bearer_token(request), now());
  return found.state == TokenState::good && found.record->grant->provider == provider ? found.record : nullptr;
}

Response Sandbox::gmail(const Request& request) {
  const auto* token = live_token(request, Provider::google);
  if (!token) return google_unauthorized(!request.header("Authorization").empty());
  return gmail_->handle(request, {token->grant->email, token->scopes, false}, now());
}

Response Sandbox::graph(const Request& request) {
  if (is_upload_(request.path)) return graph_->handle(request, {}, now());
  const auto* token = live_token(request, Provider::microsoft);
  if (!token) return graph_unauthorized(!request.header("Authorization").empty(), now());
  if (std::any_of(token->scopes.begin(), token->scopes.end(), [](const auto& scope) { return !is_graphs(scope); }))
    return graph_wrong_audience(now());
  return graph_->handle(request, {token->grant->email, token->scopes, token->grant->app_only}, now());
}

Response Sandbox::submit_consent(const Request& request) {
  auto outcome = consent_.answer(request);
  if (!outcome.decision) return outcome.problem;
  return outcome.decision->request.provider == Provider::google ? google_.decide(*outcome.decision, now())
                                                                : microsoft_.decide(*outcome.decision, now());
}

std::optional<Response> Sandbox::fault_for(const Request& part) {
  stats_.count_part(part);
  auto hit = faults_.hit(part, user_, true, now());
  if (!hit) return std::nullopt;
  return std::move(hit->instead);
}

void Sandbox::deliver_pending() {
  // Mail to somebody who has no mailbox here is gone without a bounce.
  for (const auto& [recipient, raw] : std::exchange(pending_, {})) {
    const auto* account = oauth_.accounts.find(recipient);
    if (!account) continue;
    service(account->provider)
        .control(account->email, "deliver", {{"raw", base64(raw)}, {"folder", "inbox"}, {"unread", true}}, now());
  }
}

std::string Sandbox::user_name(const Request& request) const {
  const auto token = bearer_token(request);
  if (token.empty()) return {};
  const auto found = oauth_.tokens.access(token, Time{});
  if (!found.record) return {};
  return found.record->grant->app_only ? found.record->grant->client_id : found.record->grant->email;
}

std::string Sandbox::user_of(const Request& request) {
  const std::lock_guard lock(mutex_);
  return user_name(request);
}

}  // namespace mailmgr::sandbox
