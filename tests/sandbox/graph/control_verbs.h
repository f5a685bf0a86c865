// The control API's verbs on an Outlook mailbox, and loading mail into one.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>
#include <vector>

#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {

void load_messages(Account& account, std::vector<SourceMessage> messages);

// See MailService::control. Messages are named by either of their ids, folders by word or path, labels are categories.
nlohmann::json control_verb(Account& account, std::string_view verb, const nlohmann::json& args, Time now);

}  // namespace mailmgr::sandbox::graph
