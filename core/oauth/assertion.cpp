#include "core/oauth/assertion.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

using Claims = nlohmann::ordered_json;

constexpr std::chrono::minutes kLifetime{
    10};  // both providers take an hour; the shorter, the less a stolen one is worth
constexpr std::size_t kIdBytes = 16;

std::string encoded(const Claims& json) {
  return base64url(json.dump(-1, ' ', false, Claims::error_handler_t::replace));
}

// The compact form of RFC 7515 §3.1.
Result<Secret> signed_token(const SigningKey& key, JwsAlgorithm algorithm, Claims header, const Claims& claims) {
  header["alg"] = to_string(algorithm);
  header["typ"] = "JWT";
  std::string token = encoded(header) + "." + encoded(claims);
  const auto signature = key.sign(algorithm, token);
  if (!signature) return signature.error();
  token += "." + base64url(*signature);
  return Secret::take(token);
}

Claims claims_of(const OAuthClient& client, const std::string& issuer, const std::string& subject, Time now,
                 Random& random) {
  return {{"iss", issuer},
          {"sub", subject},
          {"aud", client.endpoints.token_audience},
          {"iat", to_unix_seconds(now)},
          {"exp", to_unix_seconds(now + kLifetime)},
          {"jti", base64url(random.bytes(kIdBytes))}};
}

}  // namespace

Result<Secret> delegation_assertion(const OAuthClient& client, const std::string& mailbox,
                                    const std::set<std::string>& scopes, Time now, Random& random) {
  Claims claims = claims_of(client, client.key_issuer, mailbox, now, random);
  claims["scope"] = fmt::format("{}", fmt::join(scopes, " "));
  return signed_token(*client.key, JwsAlgorithm::rs256, {{"kid", client.key->id()}}, claims);
}

Result<Secret> client_assertion(const OAuthClient& client, Time now, Random& random) {
  Claims claims = claims_of(client, client.client_id, client.client_id, now, random);
  claims["nbf"] = claims["iat"];
  return signed_token(*client.key, JwsAlgorithm::ps256, {{"x5t#S256", client.key->id()}}, claims);
}

}  // namespace mailmgr
