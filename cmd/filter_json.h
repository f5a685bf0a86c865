// A filter as the JSON object of the manual, the same keys whoever keeps it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/ports/mailbox_settings.h"

namespace mailmgr {

nlohmann::ordered_json to_json(const MailFilter& filter, const std::string& account);

// What it does, as `filter add` would be told: label:Work archive read.
std::string in_action_words(const MailFilter& filter);

}  // namespace mailmgr
