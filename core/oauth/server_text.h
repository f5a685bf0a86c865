// Text from a server on its way into a message for people: such text is untrusted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailmgr {

// One line of valid UTF-8 without control characters and bidirectional overrides, spaces collapsed, at most `limit`
// bytes (a cut is marked with "…").
std::string server_text(std::string_view text, std::size_t limit = 200);

}  // namespace mailmgr
