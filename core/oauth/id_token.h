// The claims of an identity token (OpenID Connect Core §2 and §3.1.3.7; Microsoft: "ID token claims reference"). No
// login asks for one (`openid` is not among the scopes), but a token endpoint may send one all the same, and one that
// speaks of another client, issuer or login says that the answer as a whole is not ours. Its signature is not checked:
// it comes straight from the endpoint over verified TLS (§3.1.3.7, 6).
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/oauth/client.h"

namespace mailmgr {

struct IdTokenContext {
  const OAuthClient& client;
  std::string_view nonce;           // of the authorization request; empty: none was sent
  Time now;                         // by this machine's clock
  std::optional<Time> server_time;  // by the answer's Date header, to tell a wrong clock from a wrong token
};

// Three strict base64url segments of at most 16 KiB together; `alg` RS256, the only one either provider signs with;
// `aud` exactly the client, `azp` too where given; `iss` ours, with the tenant of `tid`; `exp`, `iat` and `nbf` fit the
// time within five minutes; `nonce` ours where given. Errors: refused, naming the claim; config when this machine's
// clock is the cause, naming the difference.
Status check_id_token(std::string_view token, const IdTokenContext& context);

}  // namespace mailmgr
