// The token endpoint of a provider (RFC 6749 §4.1.3, §4.4 and §6, RFC 7636 §4.5, RFC 7523): one request, one answer, no
// retries, nothing stored. A client with a key proves itself by an assertion wherever others send a secret. Error
// messages say what went wrong and leave it to the caller to say what was tried.
//
// Errors: unreachable and no_answer as the HTTP client reports them (the login is fine then, and no message says
// otherwise); everything else as in token_answer.h.
#pragma once

#include <set>
#include <string>

#include "core/oauth/token_answer.h"
#include "core/ports/clock.h"
#include "core/ports/http.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"

namespace mailmgr {

class TokenClient {
 public:
  TokenClient(HttpClient& http, Clock& clock, Random& random, const OAuthClient& client)
      : http_(http), clock_(clock), random_(random), client_(client) {}

  // Turns an authorization code into tokens. `redirect_uri` must be the one of the authorization request, to the
  // letter.
  Result<TokenSet> exchange(const Secret& code, const std::string& redirect_uri, const Secret& verifier,
                            milliseconds deadline, const Stop& stop);

  // A new access token, and often a new refresh token. Asking twice with one refresh token is harmless with both
  // providers: neither revokes a token because it was used.
  Result<TokenSet> refresh(const Secret& refresh_token, milliseconds deadline, const Stop& stop);

  // An access token for `mailbox` by the service account's delegation (RFC 7523 §2.1); no refresh token.
  Result<TokenSet> act_for(const std::string& mailbox, const std::set<std::string>& scopes, milliseconds deadline,
                           const Stop& stop);

  // An access token of the application itself, for every mailbox it may reach (RFC 6749 §4.4); no refresh token.
  Result<TokenSet> act_alone(milliseconds deadline, const Stop& stop);

 private:
  Result<TokenSet> post_authenticated(QueryParams form, AnswerContext context, milliseconds deadline, const Stop& stop);
  Result<TokenSet> post(const QueryParams& form, AnswerContext context, milliseconds deadline, const Stop& stop);

  HttpClient& http_;
  Clock& clock_;
  Random& random_;
  const OAuthClient& client_;
};

}  // namespace mailmgr
