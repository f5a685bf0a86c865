// Shows an installed manual page with man(1).
#pragma once

#include <string>

namespace mailmgr {

bool open_manual(const std::string& page);  // false where man(1) or the page is not there

}  // namespace mailmgr
