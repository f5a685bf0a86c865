// The token endpoint of a provider (RFC 6749 §4.1.3 and §6, RFC 7636 §4.5): one request, one answer, no retries,
// nothing stored. Error messages say what went wrong and leave it to the caller to say what was tried.
//
// Errors: unreachable and no_answer as the HTTP client reports them (the login is fine then, and no message says
// otherwise); everything else as in token_answer.h.
#pragma once

#include <string>

#include "core/oauth/token_answer.h"
#include "core/ports/clock.h"
#include "core/ports/http.h"
#include "core/ports/stop.h"

namespace mailmgr {

class TokenClient {
 public:
  TokenClient(HttpClient& http, Clock& clock, const OAuthClient& client)
      : http_(http), clock_(clock), client_(client) {}

  // Turns an authorization code into tokens. `redirect_uri` must be the one of the authorization request, to the
  // letter. `scopes`: what the token is for, where the consent was to more; empty: all of it.
  Result<TokenSet> exchange(const Secret& code, const std::string& redirect_uri, const Secret& verifier,
                            milliseconds deadline, const Stop& stop, const std::vector<std::string>& scopes = {});

  // A new access token, and often a new refresh token. Asking twice with one refresh token is harmless with both
  // providers: neither revokes a token because it was used.
  Result<TokenSet> refresh(const Secret& refresh_token, milliseconds deadline, const Stop& stop,
                           const std::vector<std::string>& scopes = {});

 private:
  void name_scopes(QueryParams& form, const std::vector<std::string>& scopes) const;
  Result<TokenSet> post(QueryParams form, AnswerContext context, milliseconds deadline, const Stop& stop);

  HttpClient& http_;
  Clock& clock_;
  const OAuthClient& client_;
};

}  // namespace mailmgr
