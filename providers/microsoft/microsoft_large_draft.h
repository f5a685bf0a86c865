// Messages that are too large for one request ("Attach large files to Outlook messages or events"): a draft is made of
// JSON, its attachments are added one by one, large ones through upload sessions, and only then is it given its
// Message-ID. Until then it has another one, so that a draft that was left half done is never taken for the message:
// it is recognised by that, and removed.
#pragma once

#include "providers/api_client.h"
#include "providers/microsoft/microsoft_wire.h"

namespace mailmgr::microsoft {

// What one request takes as MIME: it may have 4 MB, and carries the MIME in base64.
constexpr std::uint64_t kMaxMime = 3000000;

// For what is larger. too_large: what cannot be taken apart (core/mail/take_apart.h), and a login that may make no
// drafts. With any other error a half-done draft may be left.
Result<DraftReply> make_large_draft(ApiClient& client, const Outgoing& outgoing, const Stop& stop);

// Removes what an attempt to make this draft left half done.
Status remove_half_done(ApiClient& client, const Outgoing& outgoing, const Stop& stop);

// "$filter" for messages with this Message-ID, encoded.
std::string same_message_id(std::string_view message_id);

}  // namespace mailmgr::microsoft
