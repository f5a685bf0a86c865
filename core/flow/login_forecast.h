// When a login will end, and why, as far as that can be known without asking the provider: from what it said when it
// gave the tokens, and from how long it lets a login lie unused.
#pragma once

#include <optional>
#include <string>

#include "core/ports/provider.h"

namespace mailmgr {

struct LoginForecast {
  bool needs_login = false;     // a person must log in now
  std::optional<Time> expires;  // when the login ends, or would end unused; nullopt: no end is known
  bool if_unused = false;       // using the login moves that end
  std::string reason;           // why a login is needed, or why it will end; empty: neither

  // Whether a person has to act within that time from `now`.
  bool ends_within(milliseconds span, Time now) const;
};

// `grant`: nullopt when the account's login is gone.
LoginForecast forecast_login(const std::optional<GrantRecord>& grant, const ProviderSpec& spec, Time now);

}  // namespace mailmgr
