// A message being written: from Graph's JSON or from existing MIME into an OutgoingText, and from that into MIME.
// Drafts are always kept as MIME; changing one parses it, changes it and composes it again, so it is not byte-identical
// after.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/api.h"
#include "tests/sandbox/graph/mailbox.h"
#include "tests/sandbox/mime/headers.h"

namespace mailmgr::sandbox::graph {

// A string as it is, everything else as nothing.
std::string text_of(const nlohmann::json& value);

struct OutgoingAttachment {
  std::string name, content_type, content_id;
  bool is_inline = false;
  std::string bytes;
};

struct OutgoingText {
  std::vector<mime::Address> from, sender, to, cc, bcc, reply_to;
  std::string subject;
  bool html = false;
  std::string body;  // UTF-8
  std::string message_id, in_reply_to, references;
  Importance importance = Importance::normal;
  bool read_receipt = false;
  bool delivery_receipt = false;
  HeaderList extra;  // other fields, in order
  std::vector<OutgoingAttachment> attachments;
  std::int64_t date = 0;  // unix seconds
};

std::string compose(const OutgoingText& text);
OutgoingText decompose(std::string_view raw);

// Takes the content properties of a message resource over (already checked against the schema): subject, body,
// recipients, replyTo, from, sender, importance, internetMessageId, internetMessageHeaders, attachments.
void apply_content(OutgoingText& text, const nlohmann::json& message);
// Whether `message` names any of those that only drafts may change.
bool names_content(const nlohmann::json& message);

OutgoingAttachment attachment_from_json(const nlohmann::json& attachment);  // faults

}  // namespace mailmgr::sandbox::graph
