// Attachments of a message on their way into another one. Private to this room.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/mail/compose.h"

namespace mailmgr::mail {

// The parts named (numbering as in Attachment::part), decoded, in the order of `wanted`, read in one pass over the
// message; with their content ids where those can be written again. Code::internal: a part is not there, which can only
// be where the message was parsed with other limits.
Result<std::vector<OutgoingAttachment>> carry_parts(const Blob& raw, const std::vector<Attachment>& wanted);

// The same one after the other, in the order they have in the message, so that only one of them exists at a time:
// `index` counts in `wanted`, which parsing with the same limits gave. An error of the sink's ends it.
Status carry_each(const Blob& raw, const std::vector<Attachment>& wanted, const ParseLimits& limits,
                  const std::function<Status(std::size_t index, OutgoingAttachment)>& sink);

}  // namespace mailmgr::mail
