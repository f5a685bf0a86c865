// Header blocks: splitting into fields, and reading the values that are not plain text (RFC 5322 §3.6, RFC 2047).
// Private to this room. Tolerant: whatever cannot be understood is left out or kept as it stands.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"

namespace mailmgr::mail {

struct HeaderField {
  std::string_view name;  // points into the block
  std::string value;      // unfolded and trimmed, otherwise raw bytes
};

// A line that can begin a field: printable ASCII without spaces, then ':' (spaces before it are forgiven).
bool is_field_start(std::string_view line);

std::vector<HeaderField> split_fields(std::string_view block, std::size_t max_fields);

// RFC 2047 words decoded, 8-bit bytes made UTF-8; control characters other than tab become U+FFFD.
std::string decode_text(std::string_view value);

// Control characters other than tab replaced: line breaks by a space, others by U+FFFD.
std::string clean_text(std::string text);

// "<a@b>" tokens in order, at most `max_ids`.
std::vector<std::string> read_message_ids(std::string_view value, std::size_t max_ids);

// The Date field (RFC 5322 §3.3 and what old mailers wrote instead).
std::optional<Time> read_date(std::string_view value);

// "Name of the list <list.example.org>" → "list.example.org" (RFC 2919).
std::string read_list_id(std::string_view value);

}  // namespace mailmgr::mail
