// Attachments of a message on their way into another one. Private to this room.
#pragma once

#include <string>
#include <vector>

#include "core/mail/compose.h"

namespace mailmgr::mail {

// The parts named (numbering as in Attachment::part), decoded, in the order of `wanted`, read in one pass over the
// message; with their content ids where those can be written again.
Result<std::vector<OutgoingAttachment>> carry_parts(const Blob& raw, const std::vector<Attachment>& wanted);

}  // namespace mailmgr::mail
