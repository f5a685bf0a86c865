#include "tests/sandbox/oauth.h"

#include <algorithm>

#include "core/base/encoding.h"

namespace mailmgr::sandbox {

bool is_s256_challenge(std::string_view challenge) {
  return challenge.size() == 43 && std::all_of(challenge.begin(), challenge.end(),
                                               [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

bool verifier_fits(std::string_view verifier, std::string_view challenge) {
  // RFC 7636 §4.1: 43 to 128 unreserved characters.
  const bool shaped = verifier.size() >= 43 && verifier.size() <= 128 &&
                      std::all_of(verifier.begin(), verifier.end(), [](unsigned char c) {
                        return std::isalnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
                      });
  return shaped && base64url(sha256(verifier)) == challenge;
}

std::string with_parameters(const std::string& redirect_uri, const QueryParams& params, bool as_fragment) {
  if (as_fragment) return redirect_uri + "#" + encode_query(params);
  return redirect_uri + (redirect_uri.find('?') == std::string::npos ? "?" : "&") + encode_query(params);
}

std::string base_url(const Request& request) {
  const auto host = request.header("Host");
  return "http://" + (host.empty() ? std::string("127.0.0.1") : std::string(host));
}

std::string bearer_token(const Request& request) {
  const auto value = request.header("Authorization");
  if (value.size() < 7 || !equals_ignoring_ascii_case(value.substr(0, 7), "Bearer ")) return {};
  return std::string(value.substr(7));
}

std::string automatic_account(const AuthorizationRequest& request) {
  for (const auto& email : request.accounts)
    if (equals_ignoring_ascii_case(email, request.login_hint)) return email;
  return request.accounts.empty() ? std::string() : request.accounts.front();
}

}  // namespace mailmgr::sandbox
