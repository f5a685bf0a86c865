// Google's token endpoint for service accounts: "Using OAuth 2.0 for Server to Server Applications", with domain-wide
// delegation. The assertion's `sub` is the person acted for; access without one is of no use to mail.
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/google_answers.h"
#include "tests/sandbox/google_oauth.h"
#include "tests/sandbox/jwt.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::string_view kAudience = "https://oauth2.googleapis.com/token";
constexpr std::int64_t kLongest = 3600;  // seconds between iat and exp
constexpr std::int64_t kClockTolerance = 300;

const OAuthClient* issuer_of(const Jwt& jwt, const Clients& clients) {
  for (const auto& client : clients.all())
    if (client.service_account && client.service_account->email == jwt.text("iss")) return &client;
  return nullptr;
}

bool in_time(const Jwt& jwt, Time now) {
  const auto issued = jwt.number("iat"), expires = jwt.number("exp"), seconds = to_unix_seconds(now);
  return issued > 0 && expires > issued && expires - issued <= kLongest && issued <= seconds + kClockTolerance &&
         expires > seconds - kClockTolerance;
}

}  // namespace

Response GoogleOAuth::delegate(const Form& form, Time now) {
  const auto refuse = [](std::string_view text) { return google_token_error(400, "invalid_grant", text); };
  if (form.get("assertion").empty())
    return google_token_error(400, "invalid_request", "Missing required parameter: assertion");
  const auto jwt = Jwt::parse(form.get("assertion"));
  if (!jwt) return refuse("Bad Request");
  const auto* client = issuer_of(*jwt, world_.clients);
  if (!client) return refuse("Invalid grant: account not found");
  const auto& service = *client->service_account;
  if (service.disabled) return google_token_error(401, "disabled_client", "The OAuth client was disabled.");
  if (jwt->header.value("alg", nlohmann::json()) != "RS256" || !signature_fits(*jwt, service.public_key))
    return refuse("Invalid JWT Signature.");
  if (jwt->text("aud") != kAudience) return refuse("Invalid JWT: Failed audience check.");
  if (!in_time(*jwt, now))
    return refuse(
        "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and "
        "exp values in the JWT claim.");

  std::set<std::string> asked;
  std::size_t delegated = 0;
  for (const auto& word : split_words(jwt->text("scope"))) {
    const auto scope = google_scope(word);
    if (!scope) return google_token_error(400, "invalid_scope", "Invalid OAuth scope or ID token audience provided.");
    asked.insert(scope->name);
    if (service.delegated.contains(scope->name)) ++delegated;
  }
  if (asked.empty()) return google_token_error(400, "invalid_scope", "Empty or missing scope not allowed.");
  const auto person = to_lower_ascii(jwt->text("sub"));
  if (delegated == 0 || !person.ends_with("@" + service.domain))
    return google_token_error(401, "unauthorized_client",
                              "Client is unauthorized to retrieve access tokens using this method, or client not "
                              "authorized for any of the scopes requested.");
  const auto* account = world_.accounts.find(Provider::google, person);
  if (!account) return refuse("Invalid email or User ID");
  if (delegated < asked.size()) return google_token_error(403, "access_denied", "Requested client not authorized.");

  auto grant = std::make_shared<Grant>();
  grant->provider = Provider::google;
  grant->client_id = client->id;
  grant->email = account->email;
  grant->scopes = asked;
  const auto lifetime = world_.settings.access_lifetime;
  return google_no_store(Response::json(200, {{"access_token", world_.tokens.issue_access(grant, asked, now, lifetime)},
                                              {"expires_in", lifetime.count()},
                                              {"token_type", "Bearer"}}));
}

}  // namespace mailmgr::sandbox
