#include "tests/sandbox/graph/world.h"

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr::sandbox::graph {
namespace {

// A new mailbox's settings ("mailboxSettings resource type").
constexpr std::string_view kSettings = R"json({
  "archiveFolder": null, "timeZone": "UTC", "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
  "dateFormat": "yyyy-MM-dd", "timeFormat": "HH:mm", "userPurpose": "user",
  "language": {"locale": "en-US", "displayName": "English (United States)"},
  "automaticRepliesSetting": {
    "status": "disabled", "externalAudience": "all", "internalReplyMessage": "", "externalReplyMessage": "",
    "scheduledStartDateTime": {"dateTime": "2026-01-01T00:00:00.0000000", "timeZone": "UTC"},
    "scheduledEndDateTime": {"dateTime": "2026-01-02T00:00:00.0000000", "timeZone": "UTC"}},
  "workingHours": {
    "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
    "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": {"name": "UTC"}}
})json";

std::string_view content_type(const Request& request) {
  const auto type = request.header("Content-Type");
  return type.substr(0, type.find(';'));
}

}  // namespace

Account::Account(const std::string& email)
    : box(email),
      categories{"outlookCategory", "displayName", {}},
      rules{"messageRule", "", {}},
      overrides{"inferenceClassificationOverride", "", {}},
      settings(kSettings) {}

Account* World::find(std::string_view email) const {
  const auto found = accounts.find(to_lower_ascii(email));
  return found == accounts.end() ? nullptr : found->second.get();
}

Account* World::find_user(std::string_view text) const {
  if (Account* account = find(text)) {
    return account;
  }
  for (const auto& [email, account] : accounts) {
    if (equals_ignoring_ascii_case(account->box.user_id(), text)) {
      return account.get();
    }
  }
  return nullptr;
}

bool Call::permitted(std::initializer_list<std::string_view> any_of) const {
  return std::any_of(any_of.begin(), any_of.end(), [&](std::string_view name) {
    const std::string scope = std::string(name) + (shared ? ".Shared" : "");
    return session.scopes.contains(scope) || (session.app_only && session.scopes.contains(scope + ".All"));
  });
}

void Call::require(std::initializer_list<std::string_view> any_of) const {
  if (!permitted(any_of)) {
    access_denied();
  }
}

bool Call::has_body() const {
  return request.body.find_first_not_of(" \t\r\n") != std::string::npos;
}

bool Call::has_mime_body() const {
  return has_body() && equals_ignoring_ascii_case(content_type(request), "text/plain");
}

std::string_view Call::json_body() const {
  if (has_body() && !equals_ignoring_ascii_case(content_type(request), "application/json")) {
    bad_request("Entity only allows writes with a JSON Content-Type header.");
  }
  return request.body;
}

std::string Call::mime_body() const {
  // Only the standard alphabet, and padded.
  const auto characters = std::count_if(request.body.begin(), request.body.end(), [](char c) { return c > ' '; });
  const bool standard = characters % 4 == 0 && request.body.find_first_of("-_") == std::string::npos;
  auto bytes = standard ? base64_decode(request.body) : std::nullopt;
  if (!bytes || bytes->empty()) {
    fail(400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.");
  }
  return std::move(*bytes);
}

std::string Call::context(std::string_view tail) const {
  return root + "/$metadata#users('" + percent_encode(box().user_id()) + "')/" + std::string(tail);
}

std::string Call::url_with(std::initializer_list<std::pair<std::string_view, std::string>> options) const {
  std::string query;
  const auto append = [&](std::string_view pair) {
    query += query.empty() ? "?" : "&";
    query += pair;
  };
  std::string_view rest = request.query;
  while (!rest.empty()) {
    const auto end = rest.find('&');
    const auto pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto name = percent_decode(pair.substr(0, pair.find('=')), true).value_or("");
    const bool replaced =
        std::any_of(options.begin(), options.end(), [&](const auto& option) { return option.first == name; });
    if (!pair.empty() && !replaced) {
      append(pair);
    }
  }
  for (const auto& [name, value] : options) {
    if (!value.empty()) {
      append(percent_encode(name) + "=" + percent_encode(value));
    }
  }
  return origin_of(request) + request.path + query;
}

std::string origin_of(const Request& request) {
  const auto forwarded = request.header("X-Forwarded-Proto");
  const auto host = request.header("Host");
  return std::string(equals_ignoring_ascii_case(forwarded, "https") ? "https://" : "http://") +
         std::string(host.empty() ? "localhost" : host);
}

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type",
                                "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;"
                                "charset=utf-8");
  response.body = std::move(body);
  return response;
}

Response empty_response(int status) {
  Response response;
  response.status = status;
  return response;
}

}  // namespace mailmgr::sandbox::graph
