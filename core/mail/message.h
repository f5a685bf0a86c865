// What mailmgr knows of a message once its bytes are parsed. All strings are valid UTF-8 whatever the mail claimed;
// none is safe for a terminal yet (cmd/output escapes).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/mail/delivery_report.h"

namespace mailmgr {

struct Address {
  std::string name;   // decoded display name, may be empty
  std::string email;  // as written, without angle brackets; may be empty in damaged mail
  bool operator==(const Address&) const = default;
};

struct Attachment {
  std::string part;  // "2", "2.1": position in the MIME tree, stable for given bytes (IMAP numbering, RFC 3501 §6.4.5)
  std::string name;  // decoded file name as claimed: hostile until made safe; may be empty
  std::string type;  // "application/pdf", lower case
  std::uint64_t size = 0;  // decoded bytes
  bool is_inline = false;  // shown inside the body (Content-ID referenced or Content-Disposition: inline)
  std::string content_id;  // without <>; may be empty
};

struct ParsedMessage {
  std::string message_id;  // with <>, may be empty
  std::string in_reply_to;
  std::vector<std::string> references;
  std::string subject;
  std::vector<Address> from, reply_to, to, cc, bcc;
  std::optional<Time> date;  // the Date header
  std::string list_id;
  std::string body_text;  // readable text: the text part, else the HTML part rendered; capped (ParseLimits)
  std::string body_html;  // the same as HTML: the HTML part as decoded, capped; empty if none
  std::vector<std::string> html_parts;  // the numbers of the HTML parts of the text, whose bytes read_part() gives
  bool text_cut = false;                // there is more text than that
  std::vector<Attachment> attachments;
  std::string snippet;                                       // the first ~200 characters of body_text on one line
  std::vector<std::pair<std::string, std::string>> headers;  // all, decoded, in order, capped
  std::optional<DeliveryReport> report;                      // where the message is one
  std::string damage;  // what was wrong with the bytes, for people; empty if nothing was
};

struct ParseLimits {
  std::size_t max_parts = 1000;       // MIME parts looked at; the rest is ignored and noted in `damage`
  std::size_t max_depth = 50;         // nesting of multiparts
  std::size_t max_text = 256 * 1024;  // bytes of body_text and body_html each
  std::size_t max_header_bytes = 256 * 1024;
};

}  // namespace mailmgr
