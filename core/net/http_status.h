// What an HTTP status means where a provider's own error body says no more (RFC 9110 §15, RFC 6585).
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/http.h"

namespace mailmgr {

// An IMF-fixdate (RFC 9110 §5.6.7), "Sun, 06 Nov 1994 08:49:37 GMT"; servers must send no other form.
std::optional<Time> parse_http_date(std::string_view text);

// The Retry-After header, seconds or a date, at most a day; nullopt if absent or garbage.
std::optional<milliseconds> retry_after(const HttpResponse& response, Time now);

// The error an answer other than 2xx stands for: 401 token_rejected, 404 not_found, 410 gone, 413 too_large, 429
// throttled, 408 and 5xx try_later, everything else refused; with retry_after where told. `what` says what was tried.
Error error_of_status(const HttpResponse& response, std::string_view what, Time now);

inline bool is_success(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

}  // namespace mailmgr
