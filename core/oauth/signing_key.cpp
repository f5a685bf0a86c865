#include "core/oauth/signing_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace mailmgr {
namespace {

constexpr int kLeastBits = 2048;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

// OpenSSL asks for a passphrase only where a key is encrypted. Without this it would ask at the terminal.
int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Error bad_key(std::string_view why) {
  return {Code::usage, std::string(why), ""};
}

}  // namespace

std::string_view to_string(JwsAlgorithm algorithm) {
  return algorithm == JwsAlgorithm::rs256 ? "RS256" : "PS256";
}

Result<SigningKey> SigningKey::read(const Secret& pem, std::string id) {
  const Bio bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())), BIO_free);
  bool encrypted = false;
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, refuse_passphrase, &encrypted),
                                EVP_PKEY_free);
  ERR_clear_error();
  if (!key && encrypted) return bad_key("the private key is encrypted");
  if (!key) return bad_key("it holds no private key in PEM form");
  if (EVP_PKEY_is_a(key.get(), "RSA") != 1) return bad_key("the private key is no RSA key");
  if (EVP_PKEY_get_bits(key.get()) < kLeastBits) return bad_key("the private key is shorter than 2048 bits");
  return SigningKey(std::move(key), std::move(id));
}

Secret SigningKey::pem() const {
  const Bio bio(BIO_new(BIO_s_secmem()), BIO_free);
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return Secret(std::string_view(text, size > 0 ? static_cast<std::size_t>(size) : 0));
}

Result<std::string> SigningKey::sign(JwsAlgorithm algorithm, std::string_view bytes) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* input = reinterpret_cast<const unsigned char*>(bytes.data());
  EVP_PKEY_CTX* options = nullptr;
  std::size_t size = 0;
  bool good = EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key_.get()) == 1;
  if (algorithm == JwsAlgorithm::ps256) {
    // RFC 7518 §3.5: MGF1 with the same hash (the default), a salt as long as the hash.
    good = good && EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  good = good && EVP_DigestSign(context.get(), nullptr, &size, input, bytes.size()) == 1;
  std::string signature(size, '\0');
  good = good && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, input,
                                bytes.size()) == 1;
  if (!good) return Error{Code::internal, "signing an assertion: OpenSSL failed", ""};
  signature.resize(size);
  return signature;
}

}  // namespace mailmgr
