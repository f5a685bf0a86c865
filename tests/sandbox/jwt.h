// Signed tokens as clients send them (RFC 7515 §3.1), taken apart and checked. Written apart from the client's own
// code, so that a mistake there is not made here too.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace mailmgr::sandbox {

struct Jwt {
  nlohmann::json header, claims;  // objects
  std::string signed_part;        // what the signature is over
  std::string signature;          // raw

  // nullopt for anything but three parts of base64url, the first two JSON objects.
  static std::optional<Jwt> parse(std::string_view text);

  std::string text(std::string_view claim) const;  // empty if absent or no text
  // Seconds since 1970; 0 if absent or no number.
  std::int64_t number(std::string_view claim) const;
};

// Whether `pem`, a public key or a certificate, verifies the signature as the header's `alg` says, which must be RS256
// or PS256 (RFC 7518 §3.3, §3.5).
bool signature_fits(const Jwt& jwt, const std::string& pem);

// base64url of the SHA-256 of the certificate (`x5t#S256`); empty when `pem` is no certificate.
std::string thumbprint_of(const std::string& certificate_pem);

}  // namespace mailmgr::sandbox
