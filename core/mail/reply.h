// Answering a message and passing it on: from the original and what a person wrote to a Draft that lacks only its date
// and Message-ID. The original is hostile data: its text is quoted, its HTML tamed, nothing of it can add a header.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/mail/compose.h"
#include "core/mail/message.h"

namespace mailmgr {

struct Original {
  ParsedMessage message;
  Blob raw;
};

// Reads a message with limits under which all of a usual text is quoted (8 MiB). An error only if the blob cannot be
// read.
Result<Original> read_original(const Blob& raw);

// What a person wrote, to stand above the original; neither means nothing.
struct Written {
  std::optional<std::string> text, html;
};

struct ReplyRequest {
  Address from;                            // the sender; see choose_identity
  std::vector<std::string> own_addresses;  // all addresses of the sender, aliases too; `from` need not be among them
  Written written;
  bool all = false;        // also to everybody who got the original
  bool quote = true;       // the original below what was written
  bool quote_html = true;  // also as HTML where the original has it, with the images it shows; else as text alone
};

struct ForwardRequest {
  Address from;
  std::vector<Address> to;
  Written written;
  bool as_attachment = false;  // the original whole, byte for byte (with its Bcc, if it is one of the sender's own)
};

struct Answer {
  Draft draft;
  std::vector<Address> left_out;  // of the original's people, those whose addresses cannot be written to
};

// To: Reply-To, else From; for a message of one's own, those it went to. With `all` everybody else it went to gets a
// copy (RFC 5322 §3.6.3). Nobody stands there twice, and the sender only where there is nobody else; case and a "+tag"
// in an address make no difference. `draft.to` may come out empty: compose refuses that, unless the caller adds
// someone.
Result<Answer> make_reply(const Original& original, const ReplyRequest& request);

// The original in the text below a block that says who wrote it, with its attachments and the images its HTML shows; or
// as an attachment. Code::usage for a text too long to stand in another.
Result<Draft> make_forward(const Original& original, const ForwardRequest& request);

// All attachments, as attachments; also the images that its HTML shows.
Result<std::vector<OutgoingAttachment>> attachments_of(const Original& original);

// "On 2026-11-23 10:05, Ada Berg wrote:" (local time zone) and the text, each line after "> ": for an editor to start
// from. Empty if there is no text.
std::string quoted_text(const ParsedMessage& original);

// The identity the original was addressed to, as an index into `identities`: by its To, else Cc, else Delivered-To and
// X-Original-To; for a message of one's own the one it is from. nullopt if none is named there.
std::optional<std::size_t> choose_identity(const ParsedMessage& original, std::span<const Address> identities);

}  // namespace mailmgr
