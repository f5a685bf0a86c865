#include "core/oauth/pkce.h"

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::size_t kRandomBytes = 32;

}  // namespace

Pkce make_pkce(Random& random) {
  std::string text = base64url(random.bytes(kRandomBytes));
  Pkce pkce{Secret::take(text), ""};
  pkce.challenge = pkce_challenge(pkce.verifier);
  return pkce;
}

std::string pkce_challenge(const Secret& verifier) {
  return base64url(sha256(verifier.reveal()));
}

std::string make_state(Random& random) {
  return base64url(random.bytes(kRandomBytes));
}

}  // namespace mailmgr
