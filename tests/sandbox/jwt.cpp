#include "tests/sandbox/jwt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;
using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

BioPtr reader(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

CertificatePtr certificate_in(const std::string& pem) {
  CertificatePtr found(PEM_read_bio_X509(reader(pem).get(), nullptr, nullptr, nullptr), X509_free);
  ERR_clear_error();
  return found;
}

KeyPtr public_key_in(const std::string& pem) {
  if (const auto certificate = certificate_in(pem)) return {X509_get_pubkey(certificate.get()), EVP_PKEY_free};
  KeyPtr key(PEM_read_bio_PUBKEY(reader(pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  ERR_clear_error();
  return key;
}

std::optional<json> object_in(std::string_view part) {
  const auto text = base64_decode(part);
  if (!text) return std::nullopt;
  auto value = json::parse(*text, nullptr, false);
  return value.is_object() ? std::optional(std::move(value)) : std::nullopt;
}

}  // namespace

std::optional<Jwt> Jwt::parse(std::string_view text) {
  const auto first = text.find('.'), second = text.find('.', first == text.npos ? first : first + 1);
  if (second == text.npos || text.find('.', second + 1) != text.npos) return std::nullopt;
  auto header = object_in(text.substr(0, first));
  auto claims = object_in(text.substr(first + 1, second - first - 1));
  auto signature = base64_decode(text.substr(second + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Jwt{std::move(*header), std::move(*claims), std::string(text.substr(0, second)), std::move(*signature)};
}

std::string Jwt::text(std::string_view claim) const {
  const auto found = claims.find(claim);
  return found != claims.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t Jwt::number(std::string_view claim) const {
  const auto found = claims.find(claim);
  return found != claims.end() && found->is_number() ? found->get<std::int64_t>() : 0;
}

bool signature_fits(const Jwt& jwt, const std::string& pem) {
  const auto algorithm = jwt.header.value("alg", json());
  if (algorithm != "RS256" && algorithm != "PS256") return false;
  const auto key = public_key_in(pem);
  if (!key) return false;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_PKEY_CTX* options = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &options, EVP_sha256(), nullptr, key.get()) != 1) return false;
  if (algorithm == "PS256" && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                               EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1))
    return false;
  const auto bytes = [](const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); };
  const bool fits = EVP_DigestVerify(context.get(), bytes(jwt.signature), jwt.signature.size(), bytes(jwt.signed_part),
                                     jwt.signed_part.size()) == 1;
  ERR_clear_error();
  return fits;
}

std::string thumbprint_of(const std::string& certificate_pem) {
  const auto certificate = certificate_in(certificate_pem);
  if (!certificate) return {};
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  const std::string bytes(reinterpret_cast<const char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(der);
  return base64url(sha256(bytes));
}

}  // namespace mailmgr::sandbox
