// Certificates made for one test: an authority in a PEM file, and server contexts with certificates it signed, good and
// bad.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "tests/support/temp_folder.h"

namespace mailmgr {

struct CertificateWish {
  std::string common_name = "localhost";
  std::string alternative_names = "DNS:localhost,IP:127.0.0.1";  // OpenSSL's notation; empty: no such extension
  bool is_expired = false;
  bool is_self_signed = false;
};

class Authority {
 public:
  Authority();
  ~Authority();

  std::string pem_file() const { return folder_.file("ca.pem"); }
  std::shared_ptr<SSL_CTX> server(const CertificateWish& wish = {}) const;

 private:
  TempFolder folder_;
  EVP_PKEY* key_;
  X509* certificate_;
};

}  // namespace mailmgr
