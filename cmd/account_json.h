// Accounts and logins as JSON objects, the same in every command.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "core/flow/login_forecast.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

// What `account list` and `account show` print of an account, which is one of `all`.
nlohmann::ordered_json to_json(const AccountRecord& account, const std::vector<AccountRecord>& all,
                               const std::optional<GrantRecord>& grant, const LoginForecast& forecast);

// auth_expires and auth_reason, where known.
void add_forecast(nlohmann::ordered_json& json, const LoginForecast& forecast);

}  // namespace mailmgr
