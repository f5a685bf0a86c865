// Resumable uploads ("Gmail API: Uploading attachments"): a large message goes up in pieces, and a piece whose answer
// got lost is asked about, not sent again blindly.
#pragma once

#include "providers/api_client.h"
#include "providers/google/google_wire.h"

namespace mailmgr::google {

// drafts.create with a message above what one JSON request should carry. Code::no_answer: whether the draft was made is
// unknown.
Result<DraftReply> upload_draft(ApiClient& client, const Outgoing& outgoing, const Stop& stop);

}  // namespace mailmgr::google
