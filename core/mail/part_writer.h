// The parts of a message as they go out: the fields of the part, a blank line, its content with CRLF line ends. Private
// to this room. Attachments pass through in pieces, whatever their size.
#pragma once

#include <string>
#include <string_view>

#include "core/base/blob.h"
#include "core/mail/compose.h"

namespace mailmgr::mail {

// `text` has any line ends. 7bit where it can, else quoted-printable or base64, whichever suits it.
std::string write_text_part(std::string_view text, std::string_view subtype, bool flowed = false);

enum class Transfer { seven_bit, eight_bit, base64 };

// What an attachment goes out as; refers to it.
struct PlannedPart {
  const OutgoingAttachment& attachment;
  std::string type;
  std::string charset;  // of text; empty: not known
  Transfer transfer = Transfer::base64;
};

// Reads the content where its type or its bytes must be known. A message (RFC 2046 §5.2.1) must not be encoded; one
// that cannot go without, because it holds NUL, a lone CR or a line beyond 998 bytes, goes as a mere file.
Result<PlannedPart> plan_part(const OutgoingAttachment& attachment);

// `inline_image`: with a Content-ID, to be shown inside the HTML.
Status write_part(BlobWriter& out, const PlannedPart& part, bool inline_image = false);

}  // namespace mailmgr::mail
