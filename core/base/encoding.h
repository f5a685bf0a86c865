// Base64 (RFC 4648 §4 and §5), hexadecimal, percent-encoding (RFC 3986) and SHA-256.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailmgr {

std::string base64(std::string_view bytes);     // standard alphabet, padded
std::string base64url(std::string_view bytes);  // URL-safe alphabet, no padding

// Decodes either alphabet, padded or not; nullopt for any other character (line breaks are skipped) or a cut length.
std::optional<std::string> base64_decode(std::string_view text);

std::string hex(std::string_view bytes);  // lower case
// nullopt for an odd length or any other character; both cases are read.
std::optional<std::string> hex_decode(std::string_view text);

// Encodes everything but RFC 3986's unreserved characters: safe for one path segment or one query value.
std::string percent_encode(std::string_view bytes);
// Undoes percent-encoding; nullopt for a bad escape. `plus_is_space` is the rule of forms and query strings.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

std::string sha256(std::string_view bytes);  // 32 raw bytes

bool is_valid_utf8(std::string_view text);
// Every byte that is not part of valid UTF-8 becomes U+FFFD.
std::string to_valid_utf8(std::string_view text);
// The longest prefix of valid UTF-8 `text` that has at most `max_bytes`.
std::string_view cut_at_character(std::string_view text, std::size_t max_bytes);

std::string to_lower_ascii(std::string_view text);
bool equals_ignoring_ascii_case(std::string_view a, std::string_view b);

}  // namespace mailmgr
