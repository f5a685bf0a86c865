// A finished RFC 5322 message, from `send --raw` or sendmail(8), → the bytes to send. What is given is kept byte for
// byte but for what is said here: line ends become CRLF, a leading "From " line of a mailbox file goes, and the header
// may be given what it lacks. The body is streamed; only the header (at most 256 KiB) is held.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/blob.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/mail/message.h"

namespace mailmgr {

// What the header says, names such as "root" included: what a caller decides by.
struct FinishedHead {
  std::vector<Address> from, sender, reply_to, to, cc, bcc;
  std::vector<Address> resent_to;  // Resent-To, Resent-Cc and Resent-Bcc: who gets it when it is passed on
  std::string subject;             // decoded
  std::string message_id;          // with <>; empty if there is none that can be sent
  std::optional<Time> date;
};

struct FinishOptions {
  // Used where the message has none; the id also in place of one that is not of the form <id@domain>.
  std::string message_id;  // with <>; required
  Time date{};
  // Takes the place of From, and stands in where there is none. Sender goes then.
  std::optional<Address> from;
  // Written where the message has no Reply-To.
  std::optional<Address> reply_to;
  // Nothing: To, Cc and Bcc say who gets it, and Bcc stays for the provider. A list: exactly these get it. Providers
  // send to whom the header names, so Bcc is written anew for those whom To and Cc do not name, and addresses in To and
  // Cc that are not on the list are taken out there.
  std::optional<std::vector<Address>> recipients;
  // Names and addresses of this machine, in lower case ("root", "root@localhost"), and who is meant: written in their
  // place in To, Cc and Bcc. Nobody may be meant.
  std::map<std::string, std::vector<Address>, std::less<>> local_names;
  // Added; fields of the same name are taken out. Names and values as check_extra_header allows them.
  std::vector<std::pair<std::string, std::string>> added_headers;
  // As sendmail(8) does: the first line that is no header field begins the body, and the header may be missing.
  bool header_may_end_early = false;
};

struct FinishedMessage {
  Blob mime;
  Address from;
  std::vector<Address> recipients;  // everybody who gets it, each once
  std::vector<Address> left_out;    // taken out of To and Cc, since the list of recipients does not have them
  std::string subject, message_id;
  Time date{};
};

// Reads the header alone. Code::usage, here and below: a line in the header that is no field, a field twice that may
// stand there once, NUL, a lone CR or a line beyond 998 bytes in the header, and 8-bit bytes where they cannot be put
// into encoded words, that is, outside addresses' names, Subject and the like, or if they are not UTF-8. The message
// names the field.
Result<FinishedHead> read_finished_head(const Blob& raw, bool header_may_end_early = false);

// Also Code::usage: no From or no recipient, an address that cannot be sent to, NUL in the body.
Result<FinishedMessage> finish_message(const Blob& raw, const FinishOptions& options);

}  // namespace mailmgr
