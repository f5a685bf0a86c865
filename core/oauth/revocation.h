// Ends a login at its provider (RFC 7009): one request, no retries, nothing stored. Messages say what went wrong and
// leave it to the caller to say what was tried.
//
// Google ends with it every grant of that person to the whole Cloud project, those of its other clients too ("Using
// OAuth 2.0 for Web Server Applications", Revoking a token). Entra has no such endpoint.
#pragma once

#include "core/oauth/client.h"
#include "core/ports/clock.h"
#include "core/ports/http.h"
#include "core/ports/stop.h"

namespace mailmgr {

class RevocationClient {
 public:
  // `endpoint`: Endpoints::revoke.
  RevocationClient(HttpClient& http, Clock& clock, const Url& endpoint)
      : http_(http), clock_(clock), endpoint_(endpoint) {}

  // A token that was dead already counts as revoked. Errors: as the HTTP client reports them; throttled, try_later when
  // it passes; refused for any other answer, a redirect among them, which is never followed.
  Status revoke(const Secret& token, milliseconds deadline, const Stop& stop);

 private:
  HttpClient& http_;
  Clock& clock_;
  const Url& endpoint_;
};

}  // namespace mailmgr
