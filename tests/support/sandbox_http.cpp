#include "tests/support/sandbox_http.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::size_t kPiece = 16384;  // what a socket gives at a time

sandbox::Request converted(const HttpRequest& request) {
  sandbox::Request result;
  result.method = request.method;
  result.path = request.url.path;
  result.query = request.url.query;
  result.headers = request.headers;
  const auto origin = request.url.origin();
  result.headers.emplace_back("Host", origin.substr(origin.find("://") + 3));
  if (!request.content_type.empty()) result.headers.emplace_back("Content-Type", request.content_type);
  if (!request.body.empty() || request.method != "GET") {
    result.headers.emplace_back("Content-Length", std::to_string(request.body.size()));
  }
  result.body = request.body;
  return result;
}

// Gives the body to on_body; the error where it does not arrive whole.
Result<HttpResponse> delivered(const HttpRequest& request, sandbox::Response response) {
  const Error broken{Code::no_answer, "the connection broke"};
  if (response.transport == sandbox::Transport::reset_before_handling) return broken;
  if (response.transport == sandbox::Transport::reset_after_handling) return broken;
  const bool half = response.transport == sandbox::Transport::reset_mid_body ||
                    response.transport == sandbox::Transport::truncate_body;
  // As the server on a socket does; an answer that is truncated ends orderly and does not say how long it was.
  if (response.transport != sandbox::Transport::truncate_body) {
    response.headers.emplace_back("Content-Length", std::to_string(response.body.size()));
  }
  if (half) response.body.resize(response.body.size() / 2);
  const bool too_large = response.body.size() > request.max_body;
  const bool streamed = request.on_body && response.status >= 200 && response.status < 300;
  if (streamed) {
    const auto body = std::string_view(response.body).substr(0, request.max_body);
    for (std::size_t at = 0; at < body.size(); at += kPiece) {
      if (!request.on_body(body.substr(at, kPiece))) return HttpResponse{response.status, response.headers, {}};
    }
    response.body.clear();
  }
  if (too_large) return Error{Code::too_large, "the answer is larger than the request allows"};
  if (response.transport == sandbox::Transport::reset_mid_body) return broken;
  return HttpResponse{response.status, std::move(response.headers), std::move(response.body)};
}

}  // namespace

Result<HttpResponse> SandboxHttp::send(const HttpRequest& request, const Stop& stop) {
  if (stop.interrupted()) return Stop::error();
  {
    const std::lock_guard lock(between_mutex_);
    if (between_) between_();
  }
  auto asked = converted(request);
  const auto user = sandbox_.user_of(asked);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(fmt::format("{} {}", request.method, request.url.target()));
    asked.in_flight = ++in_flight_[user];
  }
  auto response = sandbox_.handle(std::move(asked));
  {
    const std::lock_guard lock(mutex_);
    --in_flight_[user];
  }
  {
    const std::lock_guard lock(between_mutex_);
    if (after_) after_();
  }
  return delivered(request, std::move(response));
}

void SandboxHttp::between_requests(std::function<void()> what) {
  const std::lock_guard lock(between_mutex_);
  between_ = std::move(what);
}

void SandboxHttp::after_requests(std::function<void()> what) {
  const std::lock_guard lock(between_mutex_);
  after_ = std::move(what);
}

std::vector<std::string> SandboxHttp::requests() {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void SandboxHttp::forget_requests() {
  const std::lock_guard lock(mutex_);
  requests_.clear();
}

SandboxTokens::SandboxTokens(HttpClient& http, const ProviderSpec& spec, Endpoints endpoints, std::string email,
                             std::vector<std::string> scopes)
    : http_(http),
      kind_(spec.kind),
      endpoints_(std::move(endpoints)),
      email_(std::move(email)),
      scopes_(std::move(scopes)) {}

Result<Secret> SandboxTokens::get(const Stop& stop) {
  const std::lock_guard lock(mutex_);
  if (token_.empty()) {
    auto token = log_in(stop);
    if (!token) return token;
    token_ = *token;
  }
  return token_;
}

void SandboxTokens::reject(const Secret& token) {
  const std::lock_guard lock(mutex_);
  ++rejected_;
  if (token == token_) token_ = Secret();
}

Result<Secret> SandboxTokens::log_in(const Stop& stop) {
  const bool google = kind_ == ProviderKind::google;
  const std::string client(google ? sandbox::kGoogleClientId : sandbox::kMicrosoftClientId);
  const std::string redirect = google ? "http://127.0.0.1:9/cb" : "http://localhost:9/";
  const std::string verifier(64, 'v');
  HttpRequest authorize;
  authorize.url = endpoints_.authorize;
  authorize.url.query = encode_query({{"client_id", client},
                                      {"response_type", "code"},
                                      {"redirect_uri", redirect},
                                      {"scope", fmt::format("{}", fmt::join(scopes_, " "))},
                                      {"state", "s"},
                                      {"login_hint", email_},
                                      {"code_challenge", base64url(sha256(verifier))},
                                      {"code_challenge_method", "S256"}});
  auto consented = http_.send(authorize, stop);
  if (!consented) return consented.error();
  const auto location = consented->header("Location");
  const auto params = location ? decode_query(location->substr(std::min(location->size(), location->find('?') + 1)))
                               : Result<QueryParams>(Error{Code::internal, consented->body});
  if (!params) return params.error();
  std::string code;
  for (const auto& [name, value] : *params) {
    if (name == "code") code = value;
  }

  QueryParams form{{"client_id", client},
                   {"grant_type", "authorization_code"},
                   {"code", code},
                   {"redirect_uri", redirect},
                   {"code_verifier", verifier}};
  if (google) form.emplace_back("client_secret", sandbox::kGoogleClientSecret);
  HttpRequest exchange;
  exchange.method = "POST";
  exchange.url = endpoints_.token;
  exchange.body = encode_query(form);
  exchange.content_type = "application/x-www-form-urlencoded";
  auto answer = http_.send(exchange, stop);
  if (!answer) return answer.error();
  const auto json = nlohmann::json::parse(answer->body, nullptr, false);
  if (!json.is_object() || !json.contains("access_token")) {
    return Error{Code::internal, fmt::format("logging in to the sandbox as {}: {}", email_, answer->body)};
  }
  return Secret(json["access_token"].get<std::string>());
}

ProviderConfig sandbox_provider(ProviderKind kind, std::string_view base_url) {
  ProviderConfig config;
  config.name = to_string(kind);
  config.kind = kind;
  config.client_id = kind == ProviderKind::google ? sandbox::kGoogleClientId : sandbox::kMicrosoftClientId;
  config.tenant = kind == ProviderKind::google ? "" : "common";
  config.base_url = base_url;
  return config;
}

}  // namespace mailmgr
