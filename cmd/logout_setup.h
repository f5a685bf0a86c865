// What ending logins takes, out of the App.
#pragma once

#include <memory>
#include <vector>

#include "cmd/app.h"
#include "core/flow/logout.h"

namespace mailmgr {

class LogoutSetup {
 public:
  explicit LogoutSetup(App& app) : app_(app) {}
  Result<LogoutWorld> world();  // valid as long as this

 private:
  App& app_;
  std::vector<std::unique_ptr<HttpClient>> clients_;
};

// For people: what became of the login of `account` at its provider.
std::string describe(Revocation revocation, const AccountRecord& account);

// Of `accounts`, those of these names, or all; usage unless exactly one of both is given.
Result<std::vector<AccountRecord>> named_or_all(const std::vector<AccountRecord>& accounts,
                                                const std::vector<std::string>& names, bool all,
                                                std::string_view command);

}  // namespace mailmgr
