// Which accounts a command is about: those named by operands and -a, or else all that it is for.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

class App;

// Code::not_found for a name nobody has, and when there is no account at all to choose from.
Result<std::vector<AccountRecord>> chosen_accounts(App& app, const std::vector<std::string>& operands,
                                                   std::string_view command,
                                                   const std::function<bool(const AccountRecord&)>& by_default);

// The same for commands that read mailboxes. By default all active accounts whose login allows that: one that was made
// for sending alone is no failure. Code::refused for one named that is not connected any more.
Result<std::vector<AccountRecord>> readable_accounts(App& app, const std::vector<std::string>& operands,
                                                     std::string_view command);

}  // namespace mailmgr
