// An RSA private key that signs assertions: a service account's, or that of a client certificate. Copies share the key,
// which OpenSSL wipes with the last of them.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace mailmgr {

// RSA over SHA-256 with PKCS#1 v1.5 or PSS padding (RFC 7518 §3.3 and §3.5).
enum class JwsAlgorithm { rs256, ps256 };
std::string_view to_string(JwsAlgorithm algorithm);  // "RS256", "PS256"

class SigningKey {
 public:
  // The first private key in `pem`, which may hold other things too. `id` is how the provider knows it: Google's
  // private_key_id, or a certificate's x5t#S256. Code::usage when there is none, when it is encrypted, no RSA key, or
  // shorter than 2048 bits (RFC 7518 §3.3); messages never quote the text.
  static Result<SigningKey> read(const Secret& pem, std::string id);

  const std::string& id() const { return id_; }
  const evp_pkey_st* handle() const { return key_.get(); }
  SigningKey named(std::string id) const { return {key_, std::move(id)}; }
  Secret pem() const;  // unencrypted PKCS#8 (RFC 5958)

  // The raw signature. Code::internal when OpenSSL fails.
  Result<std::string> sign(JwsAlgorithm algorithm, std::string_view bytes) const;

 private:
  SigningKey(std::shared_ptr<evp_pkey_st> key, std::string id) : key_(std::move(key)), id_(std::move(id)) {}

  std::shared_ptr<evp_pkey_st> key_;
  std::string id_;
};

}  // namespace mailmgr
