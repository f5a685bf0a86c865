#include "cmd/account_json.h"

#include <nlohmann/json.hpp>

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

std::string_view state_of(const AccountRecord& account, const LoginForecast& forecast) {
  if (account.state == AccountState::disconnected) return "disconnected";
  if (account.state == AccountState::paused) return "paused";
  return forecast.needs_login ? "auth_required" : "ok";
}

}  // namespace

Json to_json(const AccountRecord& account, const std::vector<AccountRecord>& all,
             const std::optional<GrantRecord>& grant, const LoginForecast& forecast) {
  Json json;
  json["account"] = account.name;
  json["email"] = account.email;
  json["provider"] = account.provider;
  json["kind"] = to_string(account.kind);
  json["state"] = state_of(account, forecast);
  json["default"] = account.is_default;
  json["since"] = account.since ? Json(to_rfc3339(*account.since)) : Json("all");
  json["include"] = account.include;
  json["exclude"] = account.exclude;
  if (!account.sender_name.empty()) json["sender_name"] = account.sender_name;
  for (const auto& other : all) {
    if (account.via == other.id) json["via"] = other.name;
  }
  json["connected"] = to_rfc3339(account.connected);
  if (grant) {
    json["access"] = to_string(grant->access);
    json["scopes"] = grant->scopes;
  }
  if (account.state != AccountState::disconnected) add_forecast(json, forecast);
  return json;
}

void add_forecast(Json& json, const LoginForecast& forecast) {
  if (forecast.expires) json["auth_expires"] = to_rfc3339(*forecast.expires);
  if (!forecast.reason.empty()) json["auth_reason"] = forecast.reason;
}

}  // namespace mailmgr
