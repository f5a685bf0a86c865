// Images that a person's HTML shows by the names of attached files: <img src="cid:logo.png"> beside --attach logo.png.
#pragma once

#include "core/mail/compose.h"

namespace mailmgr {

// Gives every attachment whose name the draft's HTML shows that name as its content id. Code::usage for an image that
// no attachment has, or whose name cannot be a content id (blanks, letters outside ASCII).
Status name_inline_images(Draft& draft);

}  // namespace mailmgr
