// Header fields as they go out: folded at 76 columns where possible, RFC 2047 for what is not ASCII. Private to this
// room. Values must be free of line breaks (compose checks first); CRLF line ends.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/mail/message.h"

namespace mailmgr::mail {

void write_text_field(std::string& out, std::string_view name, std::string_view value);
void write_address_field(std::string& out, std::string_view name, const std::vector<Address>& addresses);
void write_ids_field(std::string& out, std::string_view name, const std::vector<std::string>& ids);

// "; NAME=value" on a folded line of its own: quoted where it can be, else in the form of RFC 2231, in pieces if long.
void write_parameter(std::string& out, std::string_view name, std::string_view value);

// "Mon, 23 Nov 2026 09:00:00 +0000" (RFC 5322 §3.3)
std::string format_date(Time time);

// A display name as a phrase: an atom, "quoted", or encoded words.
std::string encode_phrase(std::string_view name);

// "quoted" with backslashes where needed.
std::string quoted(std::string_view text);
bool needs_quotes(std::string_view phrase);

}  // namespace mailmgr::mail
