// A form posted to an OAuth endpoint (RFC 6749 §3.2): one request, one answer, no retries.
#pragma once

#include "core/base/result.h"
#include "core/ports/http.h"
#include "core/ports/stop.h"

namespace mailmgr {

inline constexpr std::size_t kMaxOAuthAnswer = std::size_t{256} << 10;  // bytes; real ones are a few thousand

// Errors: those of HttpClient::send, but try_later for an answer over kMaxOAuthAnswer: no such endpoint answers like
// that, something in between did.
Result<HttpResponse> post_form(HttpClient& http, const Url& url, const QueryParams& form, milliseconds deadline,
                               const Stop& stop);

}  // namespace mailmgr
