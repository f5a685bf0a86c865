// Messages as the API writes them, in the formats minimal, metadata, full and raw; and attachment ids.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/gmail/call.h"

namespace mailmgr::sandbox::gmail {

// {id, threadId}, and with labels what changes answer: {id, threadId, labelIds}.
nlohmann::json reference_json(const Message& message);
nlohmann::json labelled_json(const Mailbox& box, const Message& message);

struct Format {
  std::string name;                           // minimal metadata full raw
  std::vector<std::string> metadata_headers;  // for metadata; empty: all
};
// The format asked for; throws ApiError if a token with no more than gmail.metadata asks for contents.
Format requested_format(const Call& call);
// Does the token allow no more than headers and labels?
bool metadata_only(const Call& call);

// One message; with format raw the body holds kRawPlaceholder and `raw` gets the bytes.
nlohmann::json message_json(const Mailbox& box, const Message& message, const Format& format,
                            std::optional<std::string>& raw);

// The first words of the message's text, HTML-escaped, as in list views.
const std::string& snippet_of(const Message& message);

// base64url with padding, as Google writes bytes.
std::string padded_base64url(std::string_view bytes);

// Names a part for attachments.get. Every call gives another id for the same part, all of them stay valid.
std::string attachment_id(const Mailbox& box, std::uint64_t message, std::string_view part);
// The part's id; throws ApiError if the token is damaged or of another message.
std::string attachment_part(std::string_view token, std::uint64_t message);

}  // namespace mailmgr::sandbox::gmail
