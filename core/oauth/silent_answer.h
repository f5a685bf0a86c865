// What an authorization endpoint makes of a request that asks it to show nothing (prompt=none, OpenID Connect Core
// §3.1.2.1). Nobody is logged in where such a request comes from, so it must be answered at the redirect URI with "a
// login is required": an answer that only comes when client id and redirect URI are right. It is how a client can be
// tried without a browser.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/oauth/client.h"
#include "core/ports/http.h"

namespace mailmgr {

enum class SilentAnswer {
  accepted,  // the answer went to our redirect URI
  unclear,   // a page that says nothing we understand
};

// `redirect_uri` and `state` are those of the request. Errors are those of explain_denial(): the endpoint said what is
// wrong, at the redirect URI or on a page. Everything read is hostile text.
Result<SilentAnswer> read_silent_answer(const HttpResponse& response, const std::string& redirect_uri,
                                        std::string_view state, const OAuthClient& client);

}  // namespace mailmgr
