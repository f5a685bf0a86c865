// Gmail's error bodies (google_wire.h: read_error). One table from reasons to what they mean for us; "Gmail API:
// Resolve errors" and "Usage limits".
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/net/http_status.h"
#include "core/net/retry.h"
#include "providers/api_client.h"
#include "providers/google/google_wire.h"
#include "providers/json_text.h"

namespace mailmgr::google {
namespace {

struct Reason {
  std::string_view name;
  Code code;
  std::string_view hint;
};

constexpr std::string_view kLogin =
    "log in again and leave every box of Google's page ticked: mailmgr login --account NAME";

// The day's quota comes back at an unknown hour: who is out of it looks again after this.
constexpr milliseconds kDailyPatience = std::chrono::hours(1);

constexpr Reason kReasons[] = {
    {"rateLimitExceeded", Code::throttled, "run the same command later"},
    {"userRateLimitExceeded", Code::throttled, "run the same command later"},
    {"quotaExceeded", Code::throttled, "run the same command later"},
    {"RATE_LIMIT_EXCEEDED", Code::throttled, "run the same command later"},
    {"dailyLimitExceeded", Code::throttled,
     "the project's daily quota is used up: try again tomorrow, or raise it in https://console.cloud.google.com under "
     "APIs & Services > Gmail API > Quotas"},
    {"insufficientPermissions", Code::auth_required, kLogin},
    {"ACCESS_TOKEN_SCOPE_INSUFFICIENT", Code::auth_required, kLogin},
    {"accessNotConfigured", Code::refused,
     "enable the Gmail API in https://console.cloud.google.com under APIs & Services > Library > Gmail API"},
    {"SERVICE_DISABLED", Code::refused,
     "enable the Gmail API in https://console.cloud.google.com under APIs & Services > Library > Gmail API"},
    {"domainPolicy", Code::refused, "the organisation's administrator must allow this app in the Admin console"},
    {"failedPrecondition", Code::refused, "this Google account has no Gmail mailbox; log in with one that has"},
};

const Reason* find_reason(std::string_view name) {
  const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons),
                                   [name](const Reason& reason) { return reason.name == name; });
  return found == std::end(kReasons) ? nullptr : found;
}

// The first known reason in errors[] and details[].
const Reason* reason_in(const JsonText& text, const nlohmann::json& error) {
  for (const auto* list : {"details", "errors"}) {
    for (const auto& entry : JsonText::array_at(error, list)) {
      if (const auto* reason = find_reason(text.string_at(entry, "reason"))) return reason;
    }
  }
  if (text.string_at(error, "status") == "FAILED_PRECONDITION") return find_reason("failedPrecondition");
  return nullptr;
}

// Google seldom sends Retry-After; its messages end "Retry after 2026-09-11T20:00:00.000Z".
std::optional<milliseconds> wait_in_message(std::string_view message, Time now) {
  constexpr std::string_view kPhrase = "Retry after ";
  const auto at = message.find(kPhrase);
  if (at == message.npos) return std::nullopt;
  auto when = message.substr(at + kPhrase.size());
  when = when.substr(0, when.find_first_of(" ,;)"));
  while (!when.empty() && when.back() == '.') when.remove_suffix(1);
  const auto time = from_rfc3339(when);
  return time ? std::optional(std::clamp(*time - now, milliseconds(0), kLongestPatience)) : std::nullopt;
}

}  // namespace

Error read_error(const HttpResponse& answer, Time now) {
  const auto text = JsonText::parse(answer.body);
  if (!text) return error_of_answer(answer, {}, now);
  const auto& error = JsonText::at(text->root(), "error");
  const auto message = text->string_at(error, "message").substr(0, 500);

  auto result = error_of_answer(answer, message, now);
  const auto* reason = reason_in(*text, error);
  // 401 and 404 mean what they say whatever the reason; for the others the reason decides.
  if (reason && answer.status != 401 && answer.status != 404) {
    result.code = reason->code;
    result.hint = reason->hint;
    result.message = fmt::format("{} ({})", message.empty() ? "refused" : message, reason->name);
  } else if (answer.status == 403 && message.find("Quota exceeded") != std::string::npos) {
    result.code = Code::throttled;
  }
  if (result.code == Code::throttled) {
    // optionals compare as nothing < something
    result.retry_after = std::max(retry_after(answer, now), wait_in_message(message, now));
    if (reason && reason->name == "dailyLimitExceeded") {
      result.retry_after = std::max(result.retry_after, std::optional(kDailyPatience));
    }
  }
  return result;
}

}  // namespace mailmgr::google
