#include "core/oauth/certificate_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <optional>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

constexpr std::string_view kMakeOne =
    "one PEM file with both: openssl req -x509 -newkey rsa:3072 -nodes -days 365 -subj /CN=mailmgr -keyout client.pem "
    "-out client.crt && cat client.crt >> client.pem";

Error bad_certificate(std::string_view why, std::string_view hint = kMakeOne) {
  return {Code::usage, "reading the client certificate: " + std::string(why), std::string(hint)};
}

std::optional<Time> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return from_unix_seconds(::timegm(&parts));
}

std::string thumbprint(const X509& certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(&certificate, &der);
  const std::string bytes(reinterpret_cast<const char*>(der), size > 0 ? static_cast<std::size_t>(size) : 0);
  OPENSSL_free(der);
  return base64url(sha256(bytes));
}

// The next certificate in the file; null after the last.
Certificate next_certificate(BIO* bio) {
  Certificate certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), X509_free);
  ERR_clear_error();
  return certificate;
}

}  // namespace

Result<ClientCertificate> read_certificate_file(const Secret& pem, Time now) {
  if (pem.reveal().find("-----BEGIN ") == std::string_view::npos) {
    return bad_certificate("it is not in PEM form",
                           "convert a .pfx file with: openssl pkcs12 -in FILE.pfx -nodes -out FILE.pem");
  }
  const auto key = SigningKey::read(pem, "");
  if (!key) {
    const bool encrypted = key.error().message.find("encrypted") != std::string::npos;
    return bad_certificate(key.error().message,
                           encrypted ? "decrypt it first with: openssl pkey -in FILE.pem" : kMakeOne);
  }
  const Bio bio(BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())), BIO_free);
  bool any = false;
  for (auto certificate = next_certificate(bio.get()); certificate; certificate = next_certificate(bio.get())) {
    any = true;
    const bool fits = X509_check_private_key(certificate.get(), key->handle()) == 1;
    ERR_clear_error();
    if (!fits) continue;
    const auto from = time_of(X509_get0_notBefore(certificate.get()));
    const auto until = time_of(X509_get0_notAfter(certificate.get()));
    if (!from || !until) return bad_certificate("its dates cannot be read");
    if (*until <= now) return bad_certificate("it expired at " + to_rfc3339(*until));
    if (*from > now) return bad_certificate("it is not valid before " + to_rfc3339(*from), "check the clock: date -u");
    return ClientCertificate{key->named(thumbprint(*certificate)), *until};
  }
  return any ? bad_certificate("the private key belongs to none of the certificates in the file")
             : bad_certificate("it holds no certificate");
}

}  // namespace mailmgr
