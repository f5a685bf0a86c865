// A message to be written → RFC 5322 bytes with CRLF line ends, ready for a provider. Non-ASCII headers become RFC 2047
// words, file names RFC 2231 parameters. Nothing a caller passes can add a header: CR, LF, NUL, U+0085, U+2028 and
// U+2029 in header values, names, addresses and content ids are refused. The bytes are ASCII, unless an attached
// message is not, which must not be encoded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/blob.h"
#include "core/base/result.h"
#include "core/mail/message.h"

namespace mailmgr {

struct OutgoingAttachment {
  std::string name;             // file name shown to the recipient
  std::string type;             // empty: guessed from the name, then from the content
  Blob content;                 // of type message/rfc822: sent as the message it is; LF line ends become CRLF
  std::string content_id = {};  // without <>; the HTML shows this image as "cid:CONTENT_ID"
  std::string charset = {};     // of a text; empty: said to be utf-8 where it is
};

struct Draft {
  Address from;
  std::vector<Address> to, cc, bcc, reply_to;
  std::string subject;
  std::optional<std::string> text;  // UTF-8; line ends of any kind
  std::optional<std::string> html;  // with no text, a text part is derived from it
  bool flowed = false;              // long lines of the text are paragraphs: sent wrapped, as format=flowed (RFC 3676)
  std::vector<OutgoingAttachment> attachments;  // those with a content id stand with the HTML, if there is one
  bool unfinished = false;                      // to be kept, not sent: it may have no recipient yet
  std::string in_reply_to;
  std::vector<std::string> references;
  std::vector<std::pair<std::string, std::string>> extra_headers;
  std::string message_id;  // with <>; required
  Time date{};
};

// Code::usage names the field that cannot be sent (bad address, control characters, no recipient).
Result<Blob> compose(const Draft& draft);

// The same for a message whose own bytes are not to be had, out of what is told of it: nothing is refused, what cannot
// stand in a header is taken out, and of `extra_headers` those that are written anyway.
Result<Blob> reconstruct(Draft remains);

// "Ada <ada@example.org>, bob@example.org" → addresses; Code::usage with the part that does not parse.
Result<std::vector<Address>> parse_addresses(std::string_view text);
std::string to_string(const Address& address);                 // for people: Ada <ada@example.org>, quoted where needed
std::string to_string(const std::vector<Address>& addresses);  // with ", " between them

// A Message-ID for a message sent from `email`: unique with the 16 random bytes given.
std::string make_message_id(std::string_view random_bytes, std::string_view email);

}  // namespace mailmgr
