// What a login will do, decided before anything is shown, bound or asked: which client, which account, which scopes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/flow/login.h"

namespace mailmgr {

struct LoginPlan {
  ProviderConfig config;
  const ProviderSpec* spec = nullptr;
  std::optional<AccountRecord> account;  // the one to log in again, where named
  std::string expected_email;            // empty: anybody
  GrantKind kind = GrantKind::oauth_code;
  AccessLevel access = AccessLevel::full;
  std::vector<std::string> scopes;     // to ask for
  std::vector<std::string> essential;  // of these, what `access` cannot do without
};

// Errors: usage, not_found, config, store as in login.h.
Result<LoginPlan> plan_login(const LoginRequest& request, const LoginWorld& world);

}  // namespace mailmgr
