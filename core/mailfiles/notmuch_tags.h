// The labels of exported messages in the form that `notmuch tag --batch --input=FILE` reads (notmuch-tag(1)): nothing
// in a Maildir itself carries them to notmuch.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailmgr {

// One line with its end; empty where there is nothing to say, or no way to say it.
std::string notmuch_line(std::string_view message_id, const std::vector<std::string>& labels);

}  // namespace mailmgr
