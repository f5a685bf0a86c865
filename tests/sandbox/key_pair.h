// RSA keys with a certificate of their own, made on the spot: for trying and testing what organisations do.
#pragma once

#include <string>

#include "core/base/time.h"

namespace mailmgr::sandbox {

struct KeyPair {
  std::string private_pem;      // PKCS#8, unencrypted
  std::string public_pem;       // SubjectPublicKeyInfo
  std::string certificate_pem;  // self-signed
};

// 2048 bits, the certificate valid from `from` until `until`. Throws std::runtime_error when OpenSSL fails.
KeyPair make_key_pair(Time from, Time until);

}  // namespace mailmgr::sandbox
