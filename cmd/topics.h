// The help topics that belong to no command.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailmgr {

std::optional<std::string> topic_text(std::string_view topic);  // query, exit-codes, environment

}  // namespace mailmgr
