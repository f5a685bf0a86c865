#include "tests/sandbox/microsoft_assertion.h"

#include <algorithm>

#include "core/base/encoding.h"
#include "tests/sandbox/jwt.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::int64_t kTolerance = 300;  // seconds that clocks may differ

AadError invalid_client(int number, std::string text) {
  return {"invalid_client", number, std::move(text), "", 401};
}

// The registered certificate that the header names; nullptr if none.
const std::string* certificate_of(const Jwt& jwt, const OAuthClient& client) {
  const auto named = jwt.header.value("x5t#S256", nlohmann::json());
  const auto found = std::find_if(client.certificates.begin(), client.certificates.end(),
                                  [&](const std::string& pem) { return named == thumbprint_of(pem); });
  return found == client.certificates.end() ? nullptr : &*found;
}

// The token endpoint of the tenant, by the segment that was used or by its id.
bool audience_fits(const std::string& audience, const Tenant& tenant) {
  const auto endpoint = [](const std::string& segment) {
    return "https://login.microsoftonline.com/" + segment + "/oauth2/v2.0/token";
  };
  return audience == endpoint(tenant.segment) || (!tenant.id.empty() && audience == endpoint(tenant.id));
}

std::optional<AadError> assertion_problem(const Form& form, const OAuthClient& client, const Tenant& tenant, Time now) {
  if (form.get("client_assertion_type") != kAssertionType)
    return AadError{"invalid_request", 900144,
                    "The request body must contain the following parameter: 'client_assertion_type'."};
  const auto jwt = Jwt::parse(form.get("client_assertion"));
  if (!jwt) return invalid_client(50027, "JWT token is invalid or malformed.");
  const auto* certificate = certificate_of(*jwt, client);
  if (!certificate || !signature_fits(*jwt, *certificate))
    return invalid_client(
        700027, "The certificate with identifier used to sign the client assertion is not registered on application.");
  if (!audience_fits(jwt->text("aud"), tenant))
    return invalid_client(700023, "Client assertion audience claim does not match Realm issuer.");
  if (jwt->text("iss") != client.id || jwt->text("sub") != client.id)
    return invalid_client(700021, "Client assertion application identifier doesn't match 'client_id' parameter.");
  const auto seconds = to_unix_seconds(now);
  if (jwt->number("nbf") > seconds + kTolerance || jwt->number("exp") <= seconds - kTolerance ||
      jwt->number("exp") <= jwt->number("nbf"))
    return invalid_client(700024,
                          "Client assertion is not within its valid time range. Current time: " + to_rfc3339(now) +
                              ", expiry time of assertion: " + to_rfc3339(from_unix_seconds(jwt->number("exp"))) + ".");
  if (jwt->text("jti").empty()) return invalid_client(50027, "JWT token is invalid or malformed: no 'jti'.");
  return std::nullopt;
}

}  // namespace

std::optional<AadError> client_problem(const Form& form, const OAuthClient& client, const Tenant& tenant, bool app_only,
                                       Time now) {
  const bool must = app_only || !client.secret.empty() || !client.certificates.empty();
  if (!must && (form.has("client_secret") || form.has("client_assertion")))
    return invalid_client(700025,
                          "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.");
  if (!must) return std::nullopt;
  if (form.has("client_assertion")) return assertion_problem(form, client, tenant, now);
  if (form.get("client_secret").empty())
    return invalid_client(
        7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.");
  if (client.secret.empty() || form.get("client_secret") != client.secret)
    return invalid_client(7000215,
                          "Invalid client secret provided. Ensure the secret being sent in the request is the client "
                          "secret value, not the client secret ID, for a secret added to app '" +
                              client.id + "'.");
  return std::nullopt;
}

}  // namespace mailmgr::sandbox
