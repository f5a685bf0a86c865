// Text that must stay on one line, such as a header's value.
#pragma once

#include <string_view>

namespace mailmgr {

// Whether it holds anything that some program could take for a line break (U+0085, U+2028 and U+2029 too), or another
// control character but the tab.
bool breaks_lines(std::string_view text);

}  // namespace mailmgr
