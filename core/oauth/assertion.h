// Assertions: short-lived signed JWTs (RFC 7515, RFC 7519) by which a client proves who it is, instead of a secret, or
// by which a service account asks for access in a person's name (RFC 7523 §2.1 and §2.2).
//
// Each lives ten minutes and carries a `jti` of its own. `aud` is Endpoints::token_audience, so that an assertion is of
// no use to any other server. Both need OAuthClient::key; Code::internal when OpenSSL fails.
#pragma once

#include <set>
#include <string>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/oauth/client.h"
#include "core/ports/random.h"

namespace mailmgr {

// "Using OAuth 2.0 for Server to Server Applications": the service account, delegated by the organisation's
// administrator, asks for `scopes` on `mailbox`. RS256.
Result<Secret> delegation_assertion(const OAuthClient& client, const std::string& mailbox,
                                    const std::set<std::string>& scopes, Time now, Random& random);

// "Microsoft identity platform application authentication certificate credentials": replaces the client secret. PS256,
// the certificate named by x5t#S256.
Result<Secret> client_assertion(const OAuthClient& client, Time now, Random& random);

}  // namespace mailmgr
