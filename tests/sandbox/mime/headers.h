// Reading a message's header block without parsing the message: a fast scan, decoding of RFC 2047, addresses, message
// ids and dates, and replacing one field. Nothing here fails: what cannot be read comes back empty, as hostile mail
// should.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "tests/sandbox/api.h"

namespace mailmgr::sandbox::mime {

// Where the body starts: after the empty line that ends the header block, or the end of `raw`. CRLF and LF both work.
std::size_t body_offset(std::string_view raw);

// The fields of the header block in order, unfolded (RFC 5322 §2.2.3) and trimmed, otherwise as written; lines that are
// no field are left out. An mbox "From " line in front is skipped.
HeaderList scan_headers(std::string_view raw);

// The first field of that name, ignoring ASCII case; empty if absent. The view lives as long as `headers`.
std::string_view find_header(const HeaderList& headers, std::string_view name);

// RFC 2047 words decoded; always valid UTF-8.
std::string decode_header(std::string_view value);

struct Address {
  std::string name;     // decoded, may be empty
  std::string address;  // as written
};
// All mailboxes of an address list, groups flattened; `value` as scan_headers() gives it.
std::vector<Address> parse_addresses(std::string_view value);

// The "<…>" tokens of Message-ID, In-Reply-To or References, with the brackets.
std::vector<std::string> message_ids(std::string_view value);

// RFC 5322 §3.3, including obsolete forms.
std::optional<Time> parse_date_header(std::string_view value);
std::string format_date_header(Time time);  // "Mon, 23 Nov 2026 10:00:00 +0000"

// A decoded subject without its "Re:", "Fwd:", "Fw:" and with spaces collapsed, in lower case: equal for one
// conversation.
std::string base_subject(std::string_view decoded_subject);

// `raw` with the first field of that name given a new value, or the field added at the top; no other byte changes
// except that further fields of that name go.
std::string replace_header(std::string_view raw, std::string_view name, std::string_view value);
// `raw` without the fields of that name.
std::string remove_header(std::string_view raw, std::string_view name);

}  // namespace mailmgr::sandbox::mime
