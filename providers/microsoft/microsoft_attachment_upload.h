// One attachment onto a draft: in a request of its own, or through an upload session in ranges.
#pragma once

#include <functional>
#include <string>

#include "providers/api_client.h"
#include "providers/microsoft/microsoft_draft_json.h"

namespace mailmgr::microsoft {

// `draft` is the draft's path. no_answer, try_later: it may have been added. Code::gone: no such draft, or the session
// ended, with the attachment added or not.
Status upload_attachment(ApiClient& client, const std::string& draft, const AttachmentJson& attachment,
                         const Blob& content, const std::function<void(std::uint64_t)>& arrived, const Stop& stop);

}  // namespace mailmgr::microsoft
