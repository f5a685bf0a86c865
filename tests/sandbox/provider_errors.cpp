#include "tests/sandbox/provider_errors.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>

#include "tests/sandbox/google_oauth.h"
#include "tests/sandbox/microsoft_errors.h"
#include "tests/sandbox/microsoft_oauth.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

struct Named {
  std::string_view name;
  int status;
  std::string_view message;
  std::string_view extra;  // Gmail: the google.rpc status; Graph: the Retry-After seconds, if any
};

// "Resolve errors" of the Gmail API.
constexpr std::array<Named, 16> kGmail = {{
    {"rateLimitExceeded", 429, "Resource has been exhausted (e.g. check quota).", "RESOURCE_EXHAUSTED"},
    {"concurrentRequests", 429, "Too many concurrent requests for user", "RESOURCE_EXHAUSTED"},
    {"userRateLimitExceeded", 403, "User-rate limit exceeded.", "PERMISSION_DENIED"},
    {"quotaExceeded", 403,
     "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
     "'gmail.googleapis.com'.",
     "PERMISSION_DENIED"},
    {"dailyLimitExceeded", 403, "Daily Limit Exceeded", "PERMISSION_DENIED"},
    {"domainPolicy", 403, "The domain administrators have disabled Gmail apps.", "PERMISSION_DENIED"},
    {"insufficientPermissions", 403, "Request had insufficient authentication scopes.", "PERMISSION_DENIED"},
    {"accessNotConfigured", 403, "Gmail API has not been used in project before or it is disabled.",
     "PERMISSION_DENIED"},
    {"delegationDenied", 403, "Delegation denied", "PERMISSION_DENIED"},
    {"failedPrecondition", 400, "Precondition check failed.", "FAILED_PRECONDITION"},
    {"badRequest", 400, "Bad Request", "INVALID_ARGUMENT"},
    {"invalidArgument", 400, "Invalid argument", "INVALID_ARGUMENT"},
    {"notFound", 404, "Requested entity was not found.", "NOT_FOUND"},
    {"backendError", 503, "Backend Error", "UNAVAILABLE"},
    {"internalError", 500, "Internal error encountered.", "INTERNAL"},
    {"gatewayTimeout", 504, "Deadline exceeded.", "DEADLINE_EXCEEDED"},
}};

// "Microsoft Graph error responses and resource types", and what Exchange answers through it.
constexpr std::array<Named, 18> kGraph = {{
    {"TooManyRequests", 429, "Too many requests", "2"},
    {"ApplicationThrottled", 429, "Application is over its MailboxConcurrency limit.", "1"},
    {"activityLimitReached", 429, "The app or user has been throttled.", "10"},
    {"serviceNotAvailable", 503, "The service is not available.", "2"},
    {"ErrorServerBusy", 503, "The server cannot service this request right now. Try again later.", "2"},
    {"gatewayTimeout", 504, "The server did not receive a timely response.", ""},
    {"internalServerError", 500, "There was an internal server error while processing the request.", ""},
    {"ErrorInternalServerTransientError", 500, "An internal server error occurred. Try again later.", ""},
    {"ErrorAccessDenied", 403, "Access is denied. Check credentials and try again.", ""},
    {"Authorization_RequestDenied", 403, "Insufficient privileges to complete the operation.", ""},
    {"ErrorSendAsDenied", 403,
     "The user account which was used to submit this request does not have the right to send mail on behalf of the "
     "specified sending account.",
     ""},
    {"ErrorItemNotFound", 404, "The specified object was not found in the store.", ""},
    {"ErrorInvalidUser", 404, "The requested user is invalid.", ""},
    {"MailboxNotEnabledForRESTAPI", 404, "The mailbox is either inactive, soft-deleted, or is hosted on-premise.", ""},
    {"SyncStateNotFound", 410, "The sync state generation is not found.", ""},
    {"resyncRequired", 410, "Resync required.", ""},
    {"ErrorMessageSizeExceeded", 413, "The message exceeds the maximum supported size.", ""},
    {"ErrorQuotaExceeded", 507, "The mailbox has exceeded its quota.", ""},
}};

const Named* find(std::span<const Named> table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Named& item) { return item.name == name; });
  return found == table.end() ? nullptr : &*found;
}

Response gmail_error(const std::string& name, std::optional<int> status) {
  if (name == "authError") return google_unauthorized(true);
  const auto* known = find(kGmail, name);
  const int code = status.value_or(known ? known->status : 400);
  const std::string message(known ? known->message : std::string_view(name));
  const std::string reason = name == "concurrentRequests" ? "rateLimitExceeded" : name;
  const json item = {
      {"message", message}, {"domain", code == 403 || code == 429 ? "usageLimits" : "global"}, {"reason", reason}};
  return Response::json(code, {{"error",
                                {{"code", code},
                                 {"message", message},
                                 {"errors", json::array({item})},
                                 {"status", known ? known->extra : std::string_view("UNKNOWN")}}}});
}

Response graph_error(const std::string& name, std::optional<int> status, Time now) {
  if (name == "InvalidAuthenticationToken") return graph_unauthorized(true, now);
  const auto* known = find(kGraph, name);
  const auto id = random_uuid();
  const json inner = {{"date", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)).substr(0, 19)},
                      {"request-id", id},
                      {"client-request-id", id}};
  auto response = Response::json(
      status.value_or(known ? known->status : 400),
      {{"error",
        {{"code", name}, {"message", known ? known->message : std::string_view(name)}, {"innerError", inner}}}});
  response.headers.emplace_back("request-id", id);
  if (known && !known->extra.empty()) response.headers.emplace_back("Retry-After", known->extra);
  return response;
}

Response google_oauth_error(const std::string& name, std::optional<int> status) {
  const int code = name == "invalid_client" || name == "unauthorized_client" ? 401
                   : name == "internal_failure"                              ? 500
                                                                             : 400;
  const auto* text = name == "invalid_grant" ? "Token has been expired or revoked." : "Bad Request";
  return Response::json(status.value_or(code), {{"error", name}, {"error_description", text}});
}

Response microsoft_oauth_error(const std::string& name, std::optional<int> status, Time now) {
  AadError error{name, 70000, "The request was refused by a fault rule.", "", 400};
  if (name.starts_with("AADSTS")) {
    std::from_chars(name.data() + 6, name.data() + name.size(), error.code);
    const bool interaction = error.code == 50076 || error.code == 50079 || error.code == 53003 || error.code == 53000;
    const bool client = error.code == 7000215 || error.code == 7000218 || error.code == 7000222 || error.code == 700025;
    error.error = interaction ? "interaction_required" : client ? "invalid_client" : "invalid_grant";
    if (error.code == 50076 || error.code == 50079) error.suberror = "basic_action";
    if (error.code == 53003) error.suberror = "message_only";
    if (error.code == 65001) error.suberror = "consent_required";
    if (client) error.status = 401;
  } else if (name == "temporarily_unavailable") {
    error.code = 90033;
    error.text = "A transient error has occurred. Please try again.";
    error.status = 503;
  }
  error.status = status.value_or(error.status);
  return aad_token_error(error, now);
}

}  // namespace

Api api_of(std::string_view path) {
  if (path == "/_sandbox" || path.starts_with("/_sandbox/")) return Api::control;
  if (path.starts_with("/gmail/v1/") || path.starts_with("/upload/gmail/v1/") ||
      path.starts_with("/resumable/upload/gmail/v1/") || path == "/batch" || path == "/batch/gmail/v1")
    return Api::gmail;
  if (path.starts_with("/v1.0/") || path == "/v1.0") return Api::graph;
  if (path == "/o/oauth2/v2/auth" || path == "/token" || path == "/revoke" || path == "/device/code" ||
      path == "/v1/userinfo" || path == "/oauth2/v3/certs" || path == "/.well-known/openid-configuration")
    return Api::google_oauth;
  if (path == "/oidc/userinfo" || path.find("/oauth2/v2.0/") != path.npos || path.ends_with("/discovery/v2.0/keys") ||
      path.ends_with("/v2.0/.well-known/openid-configuration"))
    return Api::microsoft_oauth;
  return Api::none;
}

Response provider_error(std::string_view path, const std::string& name, std::optional<int> status, Time now) {
  switch (api_of(path)) {
    case Api::gmail:
      return gmail_error(name, status);
    case Api::google_oauth:
      return google_oauth_error(name, status);
    case Api::microsoft_oauth:
      return microsoft_oauth_error(name, status, now);
    default:
      return graph_error(name, status, now);
  }
}

}  // namespace mailmgr::sandbox
