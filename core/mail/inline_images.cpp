#include "core/mail/inline_images.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/lines.h"
#include "core/mail/content_id.h"

namespace mailmgr {

Status name_inline_images(Draft& draft) {
  if (!draft.html) return {};
  for (const auto& id : mail::content_ids_in(*draft.html)) {
    const auto shown = breaks_lines(id) || !is_valid_utf8(id) ? std::string("an image") : "the image cid:" + id;
    const auto known = std::find_if(draft.attachments.begin(), draft.attachments.end(), [&](const auto& attachment) {
      return attachment.content_id == id || (attachment.content_id.empty() && attachment.name == id);
    });
    if (known == draft.attachments.end()) {
      return Error{Code::usage, "writing the message, the HTML: " + shown + " is not among the attachments",
                   "attach the file by that name: --attach FILE"};
    }
    if (!mail::is_content_id(id)) {
      return Error{Code::usage, "writing the message, the HTML: " + shown + " cannot be shown under this name",
                   "give the file a name of ASCII letters, digits, '-', '_' and '.'"};
    }
    known->content_id = id;
  }
  return {};
}

}  // namespace mailmgr
