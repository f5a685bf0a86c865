// Making and changing drafts, and sending: what messages.cpp, attachments.cpp, send.cpp and upload.cpp share.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/sandbox/graph/compose.h"
#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {

// POST …/messages and …/mailFolders/{f}/messages: JSON or MIME.
Response create_draft(Call& call, const Folder& folder);
// Sets isRead, flag, categories, importance, inferenceClassification and extended properties; logs the change.
void apply_marks(Call& call, Message& message, const nlohmann::json& patch);
// Replaces a draft's content.
void apply_draft_content(Call& call, Message& message, const nlohmann::json& patch);
Response replace_mime(Call& call, Message& message);  // PUT …/$value

std::uint16_t add_attachment(Mailbox& box, Message& draft, OutgoingAttachment attachment, Time now);  // its number
void remove_attachment(Mailbox& box, Message& draft, std::uint16_t number, Time now);

// createReply, createReplyAll, createForward (201 with the draft); reply, replyAll, forward (202).
Response answer_message(Call& call, Message& original, std::string_view action);

Response send_draft(Call& call, Message& draft);
// Moves mail whose time has come from the Outbox to Sent Items and hands it over.
void settle_departures(World& world, Account& account, Time now);

// A MIME message with the fields that the server adds to a submission: From, Message-ID.
std::string completed(Call& call, std::string raw);
Message& store_draft(Call& call, std::string raw, const Folder& folder);

}  // namespace mailmgr::sandbox::graph
