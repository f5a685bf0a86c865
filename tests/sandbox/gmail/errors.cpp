#include "tests/sandbox/gmail/errors.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace mailmgr::sandbox::gmail {
namespace {

// Google writes these times with milliseconds even when they are 0.
std::string with_millis(Time time) {
  std::string text = to_rfc3339(time);
  return text.find('.') == std::string::npos ? text.replace(text.size() - 1, 1, ".000Z") : text;
}

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

ApiError::ApiError(int code, std::string status, std::string reason, std::string message, std::string detail)
    : code_(code),
      status_(std::move(status)),
      reason_(std::move(reason)),
      message_(std::move(message)),
      detail_(std::move(detail)) {}

ApiError& ApiError::with_violation(std::string field) {
  violations_.push_back(std::move(field));
  return *this;
}

ApiError& ApiError::with_info(std::string reason, std::string domain, std::string method) {
  infos_.push_back({std::move(reason), std::move(domain), std::move(method)});
  return *this;
}

nlohmann::json ApiError::body() const {
  nlohmann::json error = {{"code", code_}, {"message", message_}, {"status", status_}};
  const nlohmann::json first = {
      {"message", detail_.empty() ? message_ : detail_}, {"domain", "global"}, {"reason", reason_}};
  error["errors"] = nlohmann::json::array({first});
  if (!violations_.empty()) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& field : violations_) {
      nlohmann::json violation = {{"description", message_}};
      if (!field.empty()) {
        violation["field"] = field;
      }
      list.push_back(std::move(violation));
    }
    error["details"].push_back({{"@type", "type.googleapis.com/google.rpc.BadRequest"}, {"fieldViolations", list}});
  }
  for (const auto& info : infos_) {
    error["details"].push_back({{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                {"reason", info.reason},
                                {"domain", info.domain},
                                {"metadata", {{"service", "gmail.googleapis.com"}, {"method", info.method}}}});
  }
  return {{"error", std::move(error)}};
}

ApiError invalid_argument(std::string message) {
  return {400, "INVALID_ARGUMENT", "invalidArgument", std::move(message)};
}

ApiError not_found() {
  return {404, "NOT_FOUND", "notFound", "Requested entity was not found."};
}

ApiError failed_precondition(std::string message) {
  return {400, "FAILED_PRECONDITION", "failedPrecondition", std::move(message)};
}

ApiError forbidden(std::string message) {
  return {403, "PERMISSION_DENIED", "forbidden", std::move(message)};
}

ApiError conflict(std::string message) {
  return {409, "ABORTED", "aborted", std::move(message)};
}

ApiError too_large(std::uint64_t limit) {
  return {413, "INVALID_ARGUMENT", "uploadTooLarge",
          fmt::format("Request payload size exceeds the limit: {} bytes.", limit)};
}

ApiError not_offered(std::string_view method) {
  return {501, "UNIMPLEMENTED", "notImplemented",
          fmt::format("The sandbox knows gmail.users.{} but does not offer it.", method)};
}

ApiError unknown_name(std::string_view name, std::string_view at, bool query) {
  const std::string where = at.empty() ? "" : fmt::format(" at '{}'", at);
  const std::string why =
      query ? fmt::format("Cannot bind query parameter. Field '{}' could not be found in request message.", name)
            : "Cannot find field.";
  ApiError error(400, "INVALID_ARGUMENT", "invalid",
                 fmt::format("Invalid JSON payload received. Unknown name \"{}\"{}: {}", name, where, why));
  return error.with_violation(std::string(at));
}

ApiError invalid_value(std::string_view field, std::string_view type, std::string_view value) {
  ApiError error(400, "INVALID_ARGUMENT", "invalid",
                 fmt::format("Invalid value at '{}' ({}), \"{}\"", field, type, value.substr(0, 200)));
  return error.with_violation(std::string(field));
}

ApiError bad_json(std::string_view why) {
  return {400, "INVALID_ARGUMENT", "parseError", fmt::format("Invalid JSON payload received. {}", why)};
}

ApiError insufficient_scopes(std::string_view method) {
  ApiError error(403, "PERMISSION_DENIED", "insufficientPermissions", "Request had insufficient authentication scopes.",
                 "Insufficient Permission");
  return error.with_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com", fmt::format("gmail.users.{}", method));
}

ApiError quota_exceeded(Time retry_after) {
  return {403, "PERMISSION_DENIED", "rateLimitExceeded",
          fmt::format("Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
                      "'gmail.googleapis.com' for consumer 'project_number:123456789012'. Retry after {}",
                      with_millis(retry_after))};
}

ApiError user_rate_exceeded(Time retry_after) {
  return {429, "RESOURCE_EXHAUSTED", "rateLimitExceeded",
          fmt::format("User-rate limit exceeded.  Retry after {}", with_millis(retry_after))};
}

ApiError too_many_concurrent() {
  return {429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "Too many concurrent requests for user."};
}

Response html_not_found(std::string_view path) {
  Response response;
  response.status = 404;
  response.headers.emplace_back("Content-Type", "text/html; charset=UTF-8");
  response.body = fmt::format(
      "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 404 (Not Found)!!1</title>\n"
      "  <p><b>404.</b> <ins>That's an error.</ins>\n  <p>The requested URL <code>{}</code> was not found on this "
      "server.  <ins>That's all we know.</ins>\n",
      escape_html(path));
  return response;
}

}  // namespace mailmgr::sandbox::gmail
