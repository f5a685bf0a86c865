#include "providers/api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

using std::chrono::seconds;

constexpr milliseconds kLongestWait = std::chrono::minutes(2);
constexpr int kConnectAttempts = 3;  // a machine that is offline should say so soon

bool may_repeat(const Error& error, const ApiRequest& request) {
  switch (error.code) {
    case Code::unreachable:
    case Code::throttled:
      return true;  // certainly not processed
    case Code::no_answer:
    case Code::try_later:
      return request.repeatable;
    default:
      return false;
  }
}

HttpRequest http_request(const ApiRequest& request, const Endpoints& endpoints) {
  HttpRequest http;
  http.method = request.method;
  http.url = endpoints.api.with_path(request.path, request.query);
  http.headers = request.headers;
  http.headers.emplace_back("Authorization", "");
  http.body = request.body;
  http.content_type = request.content_type;
  http.max_body = request.max_body;
  http.deadline = request.deadline;
  http.on_body = request.on_body;
  return http;
}

}  // namespace

Result<ApiAnswer> ApiClient::attempt(HttpRequest& http, const ApiRequest& request, const Accept& accept, bool& rejected,
                                     const Stop& stop) {
  while (true) {
    auto token = deps_.tokens.get(stop);
    if (!token) return std::move(token).error();
    http.headers.back().second = fmt::format("Bearer {}", token->reveal());

    if (deps_.usage != nullptr) deps_.usage->add(1, request.units);
    auto answer = deps_.http.send(http, stop);
    if (!answer) return std::move(answer).error();
    const bool expected =
        std::find(request.expected.begin(), request.expected.end(), answer->status) != request.expected.end();
    if (expected || (answer->status >= 200 && answer->status < 300)) {
      if (accept && !expected) {
        if (auto accepted = accept(*answer); !accepted) return accepted.error();
      }
      return ApiAnswer{*std::move(answer), *std::move(token)};
    }

    auto error = read_error_(*answer, deps_.clock.now());
    if (error.code != Code::token_rejected) return error;
    deps_.tokens.reject(*token);
    if (rejected) return error;
    rejected = true;
  }
}

Result<ApiAnswer> ApiClient::send(const ApiRequest& request, const Accept& accept, const Stop& stop) {
  auto http = http_request(request, deps_.endpoints);
  bool rejected = false;
  for (int failures = 1;; ++failures) {
    auto answer = attempt(http, request, accept, rejected, stop);
    if (answer || answer.error().code == Code::interrupted) return answer;

    const auto& error = answer.error();
    const int attempts =
        error.code == Code::unreachable ? std::min(request.attempts, kConnectAttempts) : request.attempts;
    if (failures >= attempts || !may_repeat(error, request)) return error.within(request.what);
    const auto delay = retry_delay(error, failures, deps_.random);
    if (!delay) return error.within(request.what);
    if (!deps_.clock.sleep_for(*delay, stop)) return Stop::error();
  }
}

std::optional<milliseconds> retry_delay(const Error& error, int failures, Random& random) {
  const bool passes = error.code == Code::unreachable || error.code == Code::no_answer ||
                      error.code == Code::throttled || error.code == Code::try_later;
  if (!passes) return std::nullopt;
  const auto dice = random.bytes(2);
  const milliseconds jitter((static_cast<unsigned char>(dice[0]) * 256 + static_cast<unsigned char>(dice[1])) % 1000);
  if (error.retry_after) {
    if (*error.retry_after > kLongestWait) return std::nullopt;
    return std::max(*error.retry_after, milliseconds(0)) + jitter;
  }
  return seconds(1 << std::clamp(failures - 1, 0, 5)) + jitter;
}

std::optional<milliseconds> retry_after(const HttpResponse& answer, Time now) {
  const auto value = answer.header("Retry-After");
  if (!value) return std::nullopt;
  int count = 0;
  const auto [end, problem] = std::from_chars(value->data(), value->data() + value->size(), count);
  if (problem == std::errc() && end == value->data() + value->size() && count >= 0) return seconds(count);
  if (const auto time = from_rfc3339(*value)) return std::max(milliseconds(0), *time - now);
  return std::nullopt;
}

Error error_of_status(const HttpResponse& answer, std::string_view detail, Time now) {
  const auto says = detail.empty() ? fmt::format("HTTP status {}", answer.status)
                                   : fmt::format("HTTP status {}: {}", answer.status, detail);
  const auto wait = retry_after(answer, now);
  const int status = answer.status;
  if (status == 401) {
    return {Code::token_rejected, fmt::format("the access token was not accepted ({})", says),
            "log in again: mailmgr login --account NAME"};
  }
  if (status == 404 || status == 410) return {Code::gone, fmt::format("not there ({})", says), ""};
  if (status == 413) return {Code::too_large, fmt::format("more than the server takes ({})", says), ""};
  if (status == 429) {
    return {Code::throttled, fmt::format("the server asks for patience ({})", says), "run the same command later",
            wait};
  }
  if (status == 408 || status >= 500) {
    return {Code::try_later, fmt::format("the server has trouble ({})", says), "run the same command later", wait};
  }
  if (status >= 300 && status < 400) {
    return {Code::refused, fmt::format("the server wants to redirect, which this API never does ({})", says),
            "check --base-url and --api-url: mailmgr provider show NAME"};
  }
  return {Code::refused, fmt::format("refused ({})", says), ""};
}

}  // namespace mailmgr
