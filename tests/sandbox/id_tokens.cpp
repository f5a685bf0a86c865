#include "tests/sandbox/id_tokens.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {

struct IdTokens::Key {
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> pkey{EVP_RSA_gen(2048), EVP_PKEY_free};
  std::string id;

  std::string number(const char* name) const {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(pkey.get(), name, &value) != 1) throw std::runtime_error("reading the RSA key failed");
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
    BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
    BN_free(value);
    return base64url(bytes);
  }
};

IdTokens::IdTokens() = default;
IdTokens::~IdTokens() = default;

IdTokens::Key& IdTokens::key() {
  if (key_) return *key_;
  auto made = std::make_unique<Key>();
  if (!made->pkey) throw std::runtime_error("making an RSA key failed");
  made->id = hex(sha256(made->number(OSSL_PKEY_PARAM_RSA_N))).substr(0, 40);
  key_ = std::move(made);
  return *key_;
}

std::string IdTokens::sign(const nlohmann::json& claims) {
  const auto& signer = key();
  const nlohmann::json header = {{"alg", "RS256"}, {"kid", signer.id}, {"typ", "JWT"}};
  auto token = base64url(header.dump()) + "." + base64url(claims.dump());
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(token.data());
  std::size_t length = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, signer.pkey.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, bytes, token.size()) != 1)
    throw std::runtime_error("signing an id_token failed");
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, bytes, token.size()) !=
      1)
    throw std::runtime_error("signing an id_token failed");
  signature.resize(length);
  return token + "." + base64url(signature);
}

nlohmann::json IdTokens::keys() {
  const auto& signer = key();
  const nlohmann::json key = {{"kty", "RSA"},
                              {"use", "sig"},
                              {"alg", "RS256"},
                              {"kid", signer.id},
                              {"n", signer.number(OSSL_PKEY_PARAM_RSA_N)},
                              {"e", signer.number(OSSL_PKEY_PARAM_RSA_E)}};
  return {{"keys", nlohmann::json::array({key})}};
}

}  // namespace mailmgr::sandbox
