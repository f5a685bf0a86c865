// Proof Key for Code Exchange, method S256 (RFC 7636).
#pragma once

#include <string>

#include "core/base/secret.h"
#include "core/ports/random.h"

namespace mailmgr {

struct Pkce {
  Secret verifier;        // 43 characters (32 random bytes); stays here until the exchange
  std::string challenge;  // what the authorization request carries
};

Pkce make_pkce(Random& random);

// BASE64URL(SHA256(verifier)), RFC 7636 §4.2.
std::string pkce_challenge(const Secret& verifier);

// 32 random bytes in base64url: a `state` (RFC 6749 §10.12) or a `nonce` (OpenID Connect Core §15.5.2).
std::string make_state(Random& random);

}  // namespace mailmgr
