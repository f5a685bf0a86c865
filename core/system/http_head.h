// The head of an HTTP/1.1 answer, read from the bytes as they came: cpp-httplib percent-decodes header values, loses
// their order and lets contradictory lengths pass. Internal to core/system.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/ports/http.h"

namespace mailmgr {

struct HttpHead {
  HttpHeaders headers;
  bool is_chunked = false;
  std::optional<std::size_t> content_length;
};

// `bytes` starts with the status line and ends with the empty line. nullopt for what RFC 9112 forbids: bare line feeds,
// folded lines, names that are not tokens, two lengths, a length beside a transfer coding.
std::optional<HttpHead> parse_http_head(std::string_view bytes);

// RFC 9110 §5.6.2 token, the form of methods and header names.
bool is_http_token(std::string_view text);
// A header value this program may send: printable ASCII, spaces and tabs.
bool is_http_value(std::string_view text);

}  // namespace mailmgr
