// A message as the JSON that Graph makes a draft of ("Create message", "attachment: createUploadSession"): what is left
// of MIME where MIME is too large for one request. Fields that JSON has no property for go as the MAPI properties they
// are stored as in Exchange ([MS-OXPROPS]; [MS-OXCMAIL] for PS_INTERNET_HEADERS).
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/mail/compose.h"
#include "core/mail/message.h"

namespace mailmgr::microsoft {

// With `message_id` in place of the message's own. Trace fields (Received, DKIM-Signature and the like) are left out.
std::string write_draft_json(const ParsedMessage& message, std::string_view message_id);
std::string write_message_id(std::string_view message_id);  // for PATCH

// How an attachment is shown: an image within the HTML stays one.
struct AttachmentJson {
  std::string_view name, type, content_id;
  bool is_inline = false;
};
std::string write_attachment(const AttachmentJson& attachment, std::string_view bytes);
std::string write_upload_session(const AttachmentJson& attachment, std::uint64_t size);

struct UploadState {
  std::string url;         // of createUploadSession alone
  std::uint64_t next = 0;  // the first byte that is missing
};
// Both the session's beginning and what it answers meanwhile; property names in any case. try_later: neither.
Result<UploadState> read_upload_state(std::string_view body);

}  // namespace mailmgr::microsoft
