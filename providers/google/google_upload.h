// Media uploads ("Gmail API: Uploading attachments"): the bytes as they are instead of base64 in JSON; in one request,
// or, where they are many, in ranges that go on where they broke off.
#pragma once

#include "providers/api_client.h"
#include "providers/google/google_wire.h"

namespace mailmgr::google {

// drafts.create, both. Code::no_answer: whether the draft was made is unknown.
Result<DraftReply> upload_draft_at_once(ApiClient& client, const Outgoing& outgoing, const Stop& stop);
Result<DraftReply> upload_draft(ApiClient& client, const Outgoing& outgoing, const Stop& stop);

}  // namespace mailmgr::google
