// Text for a header field. Private to this room.
#pragma once

#include <string>

namespace mailmgr::mail {

// Makes any text one that a field can hold: control characters and Unicode's line ends become spaces.
void make_writable(std::string& text);

}  // namespace mailmgr::mail
