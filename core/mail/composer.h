// Writing a Draft whose fields need no checking any more. Private to this room.
#pragma once

#include "core/mail/compose.h"

namespace mailmgr::mail {

// An error only if content cannot be read or written.
Result<Blob> compose_unchecked(const Draft& draft);

}  // namespace mailmgr::mail
