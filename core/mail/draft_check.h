// What a Draft may not contain. Private to this room.
#pragma once

#include "core/mail/compose.h"

namespace mailmgr::mail {

// The first thing that cannot be sent, as Code::usage naming the field.
Status check_draft(const Draft& draft);

}  // namespace mailmgr::mail
