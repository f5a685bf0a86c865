// The browser's half of the authorization code flow: the URL a person is sent to (RFC 6749 §4.1.1, RFC 7636) and the
// judgement of what comes back (RFC 6749 §4.1.2, RFC 9207).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/url.h"
#include "core/oauth/client.h"

namespace mailmgr {

struct AuthorizationRequest {
  std::string redirect_uri;
  std::vector<std::string> scopes;
  std::string state;
  std::string code_challenge;
  std::string login_hint;  // empty: none
  QueryParams extras;      // ProviderSpec::authorize_extras
  std::string nonce = {};  // comes back in an identity token, should there be one; empty: none
};

// The value of `scope` (RFC 6749 §3.3): separated by spaces, bare ones with Endpoints::scope_prefix in front.
std::string scope_parameter(const std::vector<std::string>& scopes, const std::string& prefix);

Url authorization_url(const OAuthClient& client, const AuthorizationRequest& request);

// Whether these parameters answer our request: exactly one `state`, equal to ours, and no parameter that matters given
// twice or holding control characters. Anything else is a stray or hostile request, which must not end the login.
bool answers_request(const QueryParams& params, std::string_view state);

// The authorization code in an answer to our request. Errors: refused when the person or an administrator said no, or
// when the issuer is not ours (mix-up defence); config when the client is set up wrongly; try_later.
Result<Secret> authorization_code(const QueryParams& params, const OAuthClient& client);

}  // namespace mailmgr
