// The control verbs on one Gmail mailbox; the list is in MailService::control.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "tests/sandbox/gmail/call.h"

namespace mailmgr::sandbox::gmail {

// Throws std::invalid_argument for an unknown verb or argument.
nlohmann::json control_mailbox(Account& account, std::string_view verb, const nlohmann::json& args, Time now);

}  // namespace mailmgr::sandbox::gmail
