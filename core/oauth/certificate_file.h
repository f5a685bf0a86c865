// A client certificate with its private key, both in one PEM file: what proves a confidential client to Entra ID
// without a secret.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/base/time.h"
#include "core/oauth/signing_key.h"

namespace mailmgr {

struct ClientCertificate {
  SigningKey key;  // its id is the certificate's x5t#S256 (RFC 7515 §4.1.8)
  Time expires;
};

// The certificate of the file's private key; others (a chain) are passed over. Code::usage, saying which, for a file
// that is not PEM, has no certificate, no key, an encrypted key or one that fits no certificate, or whose certificate
// is not valid at `now`. The content is never quoted.
Result<ClientCertificate> read_certificate_file(const Secret& pem, Time now);

}  // namespace mailmgr
