// Message ids as commands take them: numbers, or `-` for ids (or JSON Lines with an `id`) on standard input.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace mailmgr {

// usage names the word that is no id.
Result<std::vector<MessageId>> read_ids(const std::vector<std::string>& words, std::istream& input);

// Leaves the first of those that are the same.
void keep_each_once(std::vector<MessageId>& ids);

}  // namespace mailmgr
