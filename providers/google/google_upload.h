// Media uploads ("Gmail API: Uploading attachments"): the bytes as they are instead of base64 in JSON; in one request,
// or, where they are many, in ranges that go on where they broke off.
#pragma once

#include "providers/api_client.h"
#include "providers/google/google_wire.h"

namespace mailmgr::google {

// What is made of the bytes.
struct MediaUpload {
  std::string what;      // for error messages: "staging the message"
  std::string path;      // below the user: "/drafts"
  std::string query;     // encoded, besides uploadType; may be empty
  std::string metadata;  // JSON
  const Blob& mime;
  const ByteProgress& progress;
  std::uint64_t units;
  Status (*read)(std::string_view body);  // whether a body is the answer: only one that names what was made is the end
};

// The answer's body. Code::no_answer: whether anything was made is unknown.
Result<std::string> upload_at_once(ApiClient& client, const MediaUpload& upload, const Stop& stop);
Result<std::string> upload_in_pieces(ApiClient& client, const MediaUpload& upload, const Stop& stop);

// drafts.create, both. Code::no_answer: whether the draft was made is unknown.
Result<DraftReply> upload_draft_at_once(ApiClient& client, const Outgoing& outgoing, const Stop& stop);
Result<DraftReply> upload_draft(ApiClient& client, const Outgoing& outgoing, const Stop& stop);

}  // namespace mailmgr::google
