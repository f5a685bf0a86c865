#include "providers/api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/net/http_status.h"
#include "core/net/retry.h"
#include "providers/json_text.h"

namespace mailmgr {
namespace {

constexpr int kConnectAttempts = 3;  // a machine that is offline should say so soon

HttpRequest http_request(const ApiRequest& request, const Endpoints& endpoints) {
  HttpRequest http;
  http.method = request.method;
  http.url = request.preauthorized ? *request.preauthorized : endpoints.api.with_path(request.path, request.query);
  http.headers = request.headers;
  if (!request.preauthorized) http.headers.emplace_back("Authorization", "");
  http.body = request.body;
  http.content_type = request.content_type;
  http.max_body = request.max_body;
  http.deadline = request.deadline;
  http.on_body = request.on_body;
  return http;
}

}  // namespace

Error ApiClient::error(const HttpResponse& answer) const {
  auto error = read_error_(answer, deps_.clock.now());
  const bool asks_for_patience = error.code == Code::throttled || error.code == Code::try_later;
  if (deps_.pacer && asks_for_patience && error.retry_after) deps_.pacer->hold(*error.retry_after);
  return error;
}

Result<ApiAnswer> ApiClient::attempt(HttpRequest& http, const ApiRequest& request, std::shared_ptr<Passage> passage,
                                     const Accept& accept, bool& rejected, const Stop& stop) {
  if (deps_.pacer && !passage) {
    auto entered = deps_.pacer->enter({.units = request.units, .upload = request.body.size()}, stop);
    if (!entered) return std::move(entered).error();
    passage = *std::move(entered);
  }
  auto answer = exchange(http, request, accept, rejected, stop);
  if (passage) passage->end();
  return answer;
}

namespace {

// Of trouble on the way to a token nobody is to think that the request may have been processed.
Error not_sent(Error error) {
  if (exit_class(error.code).code == Code::try_later) error.code = Code::unreachable;
  return error;
}

// RFC 9110 §15.6.3 and §15.6.5.
bool is_of_gateway(int status) {
  return status == 502 || status == 504;
}

}  // namespace

Result<ApiAnswer> ApiClient::exchange(HttpRequest& http, const ApiRequest& request, const Accept& accept,
                                      bool& rejected, const Stop& stop) {
  while (true) {
    auto token = request.preauthorized ? Result<Secret>(Secret()) : deps_.tokens.get(stop);
    if (!token) return request.repeatable ? std::move(token).error() : not_sent(std::move(token).error());
    if (!request.preauthorized) http.headers.back().second = fmt::format("Bearer {}", token->reveal());

    if (deps_.usage != nullptr) deps_.usage->add(1, request.units);
    auto answer = request.seen_through && !stop.requested(deps_.clock) ? deps_.http.send(http, Stop())
                                                                       : deps_.http.send(http, stop);
    if (!answer) return std::move(answer).error();
    const bool expected =
        std::find(request.expected.begin(), request.expected.end(), answer->status) != request.expected.end();
    if (expected || (answer->status >= 200 && answer->status < 300)) {
      if (accept && !expected) {
        if (auto accepted = accept(*answer); !accepted) return accepted.error();
      }
      return ApiAnswer{*std::move(answer), *std::move(token)};
    }

    // An answer that repeats the token (a proxy that shows what it got) is judged by its status, and not shown.
    if (!token->empty() && answer->body.find(token->reveal()) != std::string::npos) answer->body.clear();
    auto error = request.limited_apart ? read_error_(*answer, deps_.clock.now()) : this->error(*answer);
    if (request.preauthorized && error.code == Code::token_rejected) {
      error.code = Code::refused;
      error.hint.clear();
    }
    // A gateway whose server gave it none, or no valid answer, does not know either whether it was done.
    if (!request.repeatable && is_of_gateway(answer->status) && error.code == Code::try_later) {
      error.code = Code::no_answer;
    }
    if (error.code != Code::token_rejected) return error;
    deps_.tokens.reject(*token);
    if (std::exchange(rejected, true)) return error;
  }
}

Result<ApiAnswer> ApiClient::send(const ApiRequest& request, const Accept& accept, const Stop& stop) {
  auto http = http_request(request, deps_.endpoints);
  Retry retry({.is_idempotent = request.repeatable, .tries = request.attempts}, deps_.clock, deps_.random);
  bool rejected = false;
  auto passage = request.passage;
  for (int failures = 1;; ++failures) {
    auto answer = attempt(http, request, std::exchange(passage, nullptr), accept, rejected, stop);
    if (answer || answer.error().code == Code::interrupted) return answer;
    const bool offline = answer.error().code == Code::unreachable && failures >= kConnectAttempts;
    if (offline) return answer.error().within(request.what);
    if (const auto again = retry.next(answer.error(), stop); !again) {
      return again.error().code == Code::interrupted ? again.error() : again.error().within(request.what);
    }
  }
}

Status ApiClient::carry_out(const ApiRequest& request, const Stop& stop) {
  const auto accept = [](const HttpResponse& answer) -> Status {
    if (answer.body.find_first_not_of(" \t\r\n") == std::string::npos) return {};
    const auto text = JsonText::parse(answer.body);
    return text ? Status() : text.error();
  };
  const auto answer = send(request, accept, stop);
  return answer ? Status() : answer.error();
}

namespace {

// What a person can do about an answer of which nothing else is known.
std::string_view hint_of_status(int status, bool has_detail) {
  switch (status) {
    case 400:
      return "-vv shows the request; if the server is right and the command is, please report it";
    case 401:
      return "log in again: mailmgr login --account NAME";
    case 403:
      return "log in again with what this needs (mailmgr login --account NAME --access full), or ask the mailbox's "
             "administrator";
    case 404:
      // A provider that looked for something and did not find it says what; a server that is no provider does not.
      return has_detail ? "it is gone at the provider: mailmgr sync brings what is there now"
                        : "check --base-url and --api-url: mailmgr provider show NAME";
    default:
      return "";
  }
}

}  // namespace

Error error_of_answer(const HttpResponse& answer, std::string_view detail, Time now) {
  auto error = error_of_status(answer, "asking the provider", now);
  if (error.code == Code::not_found) error.code = Code::gone;
  error.message = detail.empty() ? fmt::format("HTTP status {}", answer.status)
                                 : fmt::format("HTTP status {}: {}", answer.status, detail);
  error.hint = hint_of_status(answer.status, !detail.empty());
  if (answer.status >= 300 && answer.status < 400) {
    error.message += ", a redirect, which this API never sends";
    error.hint = "check --base-url and --api-url: mailmgr provider show NAME";
  }
  return error;
}

}  // namespace mailmgr
