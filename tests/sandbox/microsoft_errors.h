// Errors of Microsoft's identity platform, in the three places where a client can meet them: the token endpoint's JSON,
// the redirect, and a page in the browser that the client never sees. Texts follow "Microsoft Entra authentication and
// authorization error codes".
#pragma once

#include <string>
#include <string_view>

#include "core/base/time.h"
#include "tests/sandbox/oauth.h"

namespace mailmgr::sandbox {

struct AadError {
  std::string error;  // invalid_grant …
  int code = 0;       // AADSTS number
  std::string text;
  std::string suberror = {};
  int status = 400;
};

// {"error","error_description","error_codes","timestamp","trace_id","correlation_id","error_uri","suberror"?}.
Response aad_token_error(const AadError& error, Time now);
Response aad_error_page(const AadError& error, Time now);
Response aad_redirect_error(const AuthorizationRequest& request, const AadError& error, Time now);

// A redirect to the client in the response mode it asked for.
Response aad_answer(const AuthorizationRequest& request, QueryParams params);

}  // namespace mailmgr::sandbox
