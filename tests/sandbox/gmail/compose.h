// Messages that come in through the API: their bytes, what Gmail makes of them on sending, and where they go.
#pragma once

#include "tests/sandbox/gmail/call.h"

namespace mailmgr::sandbox::gmail {

// The uploaded bytes, or `raw` of a Message resource; null if there are neither. Throws ApiError for bad base64.
Bytes message_bytes(const Call& call, const nlohmann::json& message);
// The same, but throws ApiError if there are none.
Bytes required_bytes(const Call& call, const nlohmann::json& message);

// The thread that the Message resource asks for, if headers and subject let the message join it, else 0. Throws
// ApiError: 404 for no such thread.
std::uint64_t requested_thread(const Call& call, const nlohmann::json& message, const std::string& raw);

// Adds a message made of these bytes as it is; its Message-ID is read from it.
const Message& add_message(Mailbox& box, Bytes raw, Time date, std::uint64_t thread, std::vector<LabelKey> labels);

// Sends: checks recipients, sets From, Date and a Message-ID of Gmail's own, stores the message with SENT (and INBOX if
// it is to oneself) and hands it to the recipients. Throws ApiError before anything is stored.
const Message& send_bytes(const Call& call, const std::string& raw, std::uint64_t thread);

}  // namespace mailmgr::sandbox::gmail
