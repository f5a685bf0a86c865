// Signatures: what stands under a message, after a line "-- " where it is text (RFC 3676 §4.3), and above the original
// in an answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/mail/compose.h"
#include "core/mail/reply.h"

namespace mailmgr {

// Neither means none. Where only one is there, the other is made of it.
struct Signature {
  std::optional<std::string> text;  // UTF-8; line ends of any kind
  std::optional<std::string> html;  // a fragment, as signature_html() makes it
};

// Anybody's HTML, which is hostile, as a fragment to put into a message: what acts or leaves its place is taken out.
std::string signature_html(std::string_view html);

// What a text part shows of it: its text, else that of its HTML. Without trailing blank lines; may be empty.
std::string signature_text(const Signature& signature);

// Puts it below what was written, in every form that was written; below nothing it is the text, and the HTML too where
// it has one. HTML that is a whole document keeps it inside its body.
void add_signature(const Signature& signature, Written& written);
// The same to a new message. For answers, sign what was written before the original is put below it.
void add_signature(const Signature& signature, Draft& draft);

}  // namespace mailmgr
