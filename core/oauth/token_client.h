// The token endpoint of a provider (RFC 6749 §4.1.3, §4.4 and §6, RFC 7636 §4.5, RFC 7523, RFC 8628 §3.4): one request,
// one answer, no retries, nothing stored. A client with a key proves itself by an assertion wherever others send a
// secret. Error messages say what went wrong and leave it to the caller to say what was tried.
//
// Errors: unreachable and no_answer as the HTTP client reports them (the login is fine then, and no message says
// otherwise); everything else as in token_answer.h.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/oauth/token_answer.h"
#include "core/ports/clock.h"
#include "core/ports/http.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"

namespace mailmgr {

// What a person has decided about a device code so far. Without tokens: nothing yet, ask again later.
struct DevicePoll {
  std::optional<TokenSet> tokens;
  bool slow_down = false;  // and less often from now on
};

class TokenClient {
 public:
  TokenClient(HttpClient& http, Clock& clock, Random& random, const OAuthClient& client)
      : http_(http), clock_(clock), random_(random), client_(client) {}

  // Turns an authorization code into tokens. `redirect_uri` must be the one of the authorization request, to the
  // letter, and `nonce` its nonce, where it had one. `scopes`: what the token is for, where the consent was to more;
  // empty: all of it.
  Result<TokenSet> exchange(const Secret& code, const std::string& redirect_uri, const Secret& verifier,
                            milliseconds deadline, const Stop& stop, std::string_view nonce = {},
                            const std::vector<std::string>& scopes = {});

  // A new access token, and often a new refresh token. Asking twice with one refresh token is harmless with both
  // providers: neither revokes a token because it was used.
  Result<TokenSet> refresh(const Secret& refresh_token, milliseconds deadline, const Stop& stop,
                           const std::vector<std::string>& scopes = {});

  // Asks once for the tokens of a device code (RFC 8628 §3.4).
  Result<DevicePoll> redeem_device_code(const Secret& device_code, milliseconds deadline, const Stop& stop);

  // An access token for `mailbox` by the service account's delegation (RFC 7523 §2.1); no refresh token.
  Result<TokenSet> act_for(const std::string& mailbox, const std::set<std::string>& scopes, milliseconds deadline,
                           const Stop& stop);

  // An access token of the application itself, for every mailbox it may reach (RFC 6749 §4.4); no refresh token.
  Result<TokenSet> act_alone(milliseconds deadline, const Stop& stop);

 private:
  // Adds what the client proves itself with; `context` notes what was sent and when the answer came.
  Result<HttpResponse> send_authenticated(QueryParams form, AnswerContext& context, milliseconds deadline,
                                          const Stop& stop);
  Result<HttpResponse> send(const QueryParams& form, AnswerContext& context, milliseconds deadline, const Stop& stop);
  void name_scopes(QueryParams& form, const std::vector<std::string>& scopes) const;
  Result<TokenSet> post(QueryParams form, AnswerContext context, milliseconds deadline, const Stop& stop);

  HttpClient& http_;
  Clock& clock_;
  Random& random_;
  const OAuthClient& client_;
};

}  // namespace mailmgr
