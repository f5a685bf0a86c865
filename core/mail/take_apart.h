// A finished message taken apart again, for a provider that takes large messages as fields and files instead of MIME.
// What it would lose is refused: a signature holds for the very bytes it was made of.
#pragma once

#include <functional>

#include "core/base/blob.h"
#include "core/base/result.h"
#include "core/mail/compose.h"
#include "core/mail/message.h"

namespace mailmgr {

// The text and the HTML whole, the header, and what is attached. Code::too_large, saying why: it is signed, encrypted
// or damaged, or has more text than `max_text` bytes.
Result<ParsedMessage> take_apart(const Blob& mime, std::size_t max_text);

// The attachments of a message that was taken apart, decoded, one after the other in their order, so that no more than
// one of them exists at a time; large ones are in files. An error of `sink` ends it.
Status each_attachment(const Blob& mime, const ParsedMessage& message,
                       const std::function<Status(const Attachment&, OutgoingAttachment)>& sink);

}  // namespace mailmgr
