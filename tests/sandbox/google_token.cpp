// Google's token endpoint and its neighbours: revoke, userinfo, device codes, keys, discovery.
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/form.h"
#include "tests/sandbox/google_answers.h"
#include "tests/sandbox/google_oauth.h"
#include "tests/sandbox/google_scopes.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

constexpr std::chrono::hours kTestingLifetime{7 * 24};
constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

struct ClientProof {
  std::string id, secret;
};

// client_secret_post or client_secret_basic.
ClientProof client_proof(const Request& request, const Form& form) {
  ClientProof proof{form.get("client_id"), form.get("client_secret")};
  const auto header = request.header("Authorization");
  if (!header.starts_with("Basic ")) return proof;
  const auto pair = base64_decode(header.substr(6)).value_or("");
  const auto colon = pair.find(':');
  if (colon == std::string::npos) return proof;
  return {percent_decode(pair.substr(0, colon), true).value_or(""),
          percent_decode(pair.substr(colon + 1), true).value_or("")};
}

std::string scope_list(const std::set<std::string>& scopes) {
  // Google promises no order: neither that of the request nor the alphabet's.
  return join_words({scopes.rbegin(), scopes.rend()});
}

}  // namespace

Response google_no_store(Response response) {
  response.headers.emplace_back("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
  response.headers.emplace_back("Pragma", "no-cache");
  return response;
}

Response google_token_error(int status, std::string_view code, std::string_view description) {
  return google_no_store(Response::json(status, {{"error", code}, {"error_description", description}}));
}

Response GoogleOAuth::token(const Request& request, Time now) {
  const auto form = Form::of_body(request);
  if (!form) return google_token_error(400, "invalid_request", "Bad Request");
  if (const auto twice = form->duplicate())
    return google_token_error(400, "invalid_request", "OAuth 2 parameters can only have a single value: " + *twice);
  const auto type = form->get("grant_type");
  if (type == kJwtBearer) return delegate(*form, now);
  const auto proof = client_proof(request, *form);
  if (proof.id.empty())
    return google_token_error(400, "invalid_request", "Could not determine client ID from request.");
  const auto* client = world_.clients.find(Provider::google, proof.id);
  if (!client) return google_token_error(401, "invalid_client", "The OAuth client was not found.");
  if (type != "authorization_code" && type != "refresh_token")
    return google_token_error(400, "unsupported_grant_type", "Invalid grant_type: " + type);
  // Documented as optional for desktop clients; in practice the answer without it is this one.
  if (proof.secret.empty()) return google_token_error(400, "invalid_request", "client_secret is missing.");
  if (proof.secret != client->secret)
    return google_token_error(401, "invalid_client", "The provided client secret is invalid.");
  return type == "refresh_token" ? refresh(*form, *client, now) : redeem(*form, *client, now);
}

Response GoogleOAuth::redeem(const Form& form, const OAuthClient& client, Time now) {
  if (!form.has("code")) return google_token_error(400, "invalid_request", "Missing required parameter: code");
  auto* code = world_.tokens.find_code(form.get("code"));
  if (!code || code->grant->provider != Provider::google || code->grant->client_id != client.id)
    return google_token_error(400, "invalid_grant", "Malformed auth code.");
  if (code->used || code->expires <= now) return google_token_error(400, "invalid_grant", "Bad Request");
  if (!form.has("redirect_uri"))
    return google_token_error(400, "invalid_request", "Missing required parameter: redirect_uri");
  code->used = true;  // whatever follows: a code shown with a wrong proof is burnt
  if (form.get("redirect_uri") != code->redirect_uri) return google_token_error(400, "invalid_grant", "Bad Request");
  if (!form.has("code_verifier")) return google_token_error(400, "invalid_grant", "Missing code verifier.");
  if (!verifier_fits(form.get("code_verifier"), code->challenge))
    return google_token_error(400, "invalid_grant", "Invalid code verifier.");

  const auto grant = code->grant;
  const auto access = world_.tokens.issue_access(grant, grant->scopes, now, world_.settings.access_lifetime);
  json body = {{"access_token", access},
               {"expires_in", world_.settings.access_lifetime.count()},
               {"scope", scope_list(grant->scopes)},
               {"token_type", "Bearer"}};
  if (grant->offline) {
    const auto lifetime = client.testing ? std::optional<std::chrono::seconds>(kTestingLifetime) : std::nullopt;
    body["refresh_token"] = world_.tokens.issue_refresh(grant, now, lifetime);
    if (lifetime) body["refresh_token_expires_in"] = lifetime->count() - 1;
  }
  if (grant->scopes.contains("openid")) body["id_token"] = id_token(*grant, access, now);
  return google_no_store(Response::json(200, body));
}

Response GoogleOAuth::refresh(const Form& form, const OAuthClient& client, Time now) {
  if (form.get("refresh_token").empty())
    return google_token_error(400, "invalid_request", "Missing required parameter: refresh_token");
  const auto found = world_.tokens.refresh(form.get("refresh_token"), now);
  if (found.state == TokenState::unknown || found.record->grant->provider != Provider::google)
    return google_token_error(400, "invalid_grant", "Bad Request");
  if (found.record->grant->client_id != client.id)
    return google_token_error(401, "unauthorized_client", "Unauthorized");
  if (found.state != TokenState::good)
    return google_token_error(400, "invalid_grant", "Token has been expired or revoked.");

  const auto grant = found.record->grant;
  const auto expires = found.record->expires;
  auto scopes = grant->scopes;
  if (form.has("scope")) {
    scopes.clear();
    for (const auto& word : split_words(form.get("scope"))) {
      const auto scope = google_scope(word);
      if (!scope || !grant->scopes.contains(scope->name))
        return google_token_error(400, "invalid_scope", "Bad Request");
      scopes.insert(scope->name);
    }
  }
  world_.tokens.count_refresh();
  const auto access = world_.tokens.issue_access(grant, scopes, now, world_.settings.access_lifetime);
  json body = {{"access_token", access},
               {"expires_in", world_.settings.access_lifetime.count()},
               {"scope", scope_list(scopes)},
               {"token_type", "Bearer"}};
  const auto left =
      expires ? std::optional(std::chrono::duration_cast<std::chrono::seconds>(*expires - now)) : std::nullopt;
  // The one before stays valid, as far as it is documented.
  if (world_.settings.rotate_refresh_tokens) body["refresh_token"] = world_.tokens.issue_refresh(grant, now, left);
  if (left) body["refresh_token_expires_in"] = left->count();
  if (scopes.contains("openid")) body["id_token"] = id_token(*grant, access, now);
  return google_no_store(Response::json(200, body));
}

std::string GoogleOAuth::id_token(const Grant& grant, const std::string& access_token, Time now) {
  const auto* account = world_.accounts.find(grant.email);
  const auto seconds = to_unix_seconds(now);
  json claims = {{"iss", "https://accounts.google.com"},
                 {"azp", grant.client_id},
                 {"aud", grant.client_id},
                 {"sub", account->subject},
                 {"at_hash", base64url(sha256(access_token).substr(0, 16))},
                 {"iat", seconds},
                 {"exp", seconds + 3600}};
  if (!grant.nonce.empty()) claims["nonce"] = grant.nonce;
  if (grant.scopes.contains("https://www.googleapis.com/auth/userinfo.email")) {
    claims["email"] = account->email;
    claims["email_verified"] = true;
  }
  if (grant.scopes.contains("https://www.googleapis.com/auth/userinfo.profile")) claims["name"] = account->name;
  return world_.id_tokens.sign(claims);
}

Response GoogleOAuth::revoke(const Request& request, Time now) {
  auto form = Form::of_body(request);
  if (!form || !form->has("token")) form = Form::parse(request.query);
  if (!form || form->get("token").empty())
    return google_token_error(400, "invalid_request", "Missing required parameter: token");
  if (!world_.tokens.revoke(form->get("token"), now))
    return google_token_error(400, "invalid_token", "Token expired or revoked");
  return Response::json(200, json::object());
}

Response GoogleOAuth::userinfo(const Request& request, Time now) {
  const auto token = bearer_token(request);
  const auto found = world_.tokens.access(token, now);
  if (found.state != TokenState::good || found.record->grant->provider != Provider::google) {
    auto response = google_token_error(401, "invalid_request", "Invalid Credentials");
    response.headers.emplace_back("WWW-Authenticate",
                                  "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
    return response;
  }
  const auto& scopes = found.record->scopes;
  const auto* account = world_.accounts.find(found.record->grant->email);
  json body = {{"sub", account->subject}};
  if (scopes.contains("https://www.googleapis.com/auth/userinfo.email")) {
    body["email"] = account->email;
    body["email_verified"] = true;
  }
  if (scopes.contains("https://www.googleapis.com/auth/userinfo.profile")) body["name"] = account->name;
  return Response::json(200, body);
}

Response GoogleOAuth::device_code(const Request& request) {
  const auto form = Form::of_body(request);
  if (!form) return google_token_error(400, "invalid_request", "Bad Request");
  if (!world_.clients.find(Provider::google, form->get("client_id")))
    return google_token_error(401, "invalid_client", "The OAuth client was not found.");
  for (const auto& word : split_words(form->get("scope"))) {
    const auto scope = google_scope(word);
    if (!scope || !google_device_scope(scope->name))
      return google_token_error(400, "invalid_scope", "Invalid device flow scope: " + word);
  }
  // Only "TVs and Limited Input devices" clients may; desktop and web clients, the only kinds here, get this.
  return google_token_error(401, "invalid_client", "Invalid client type.");
}

Response GoogleOAuth::keys() {
  return Response::json(200, world_.id_tokens.keys());
}

Response GoogleOAuth::discovery(const Request& request) {
  const auto base = base_url(request);
  return Response::json(
      200, {{"issuer", "https://accounts.google.com"},
            {"authorization_endpoint", base + "/o/oauth2/v2/auth"},
            {"device_authorization_endpoint", base + "/device/code"},
            {"token_endpoint", base + "/token"},
            {"userinfo_endpoint", base + "/v1/userinfo"},
            {"revocation_endpoint", base + "/revoke"},
            {"jwks_uri", base + "/oauth2/v3/certs"},
            {"response_types_supported", json::array({"code"})},
            {"subject_types_supported", json::array({"public"})},
            {"id_token_signing_alg_values_supported", json::array({"RS256"})},
            {"scopes_supported", json::array({"openid", "email", "profile"})},
            {"token_endpoint_auth_methods_supported", json::array({"client_secret_post", "client_secret_basic"})},
            {"code_challenge_methods_supported", json::array({"plain", "S256"})},
            {"grant_types_supported", json::array({"authorization_code", "refresh_token"})}});
}

Response google_unauthorized(bool token_given) {
  const std::string message =
      std::string(token_given ? "Request had invalid authentication credentials. "
                              : "Request is missing required authentication credential. ") +
      "Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
      "https://developers.google.com/identity/sign-in/web/devconsole-project.";
  const json detail = {{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                       {"reason", token_given ? "ACCESS_TOKEN_EXPIRED" : "CREDENTIALS_MISSING"},
                       {"domain", "googleapis.com"},
                       {"metadata", {{"service", "gmail.googleapis.com"}}}};
  const json item = {{"message", token_given ? "Invalid Credentials" : "Login Required."},
                     {"domain", "global"},
                     {"reason", token_given ? "authError" : "required"},
                     {"location", "Authorization"},
                     {"locationType", "header"}};
  auto response = Response::json(401, {{"error",
                                        {{"code", 401},
                                         {"message", message},
                                         {"errors", json::array({item})},
                                         {"status", "UNAUTHENTICATED"},
                                         {"details", json::array({detail})}}}});
  response.headers.emplace_back("WWW-Authenticate",
                                token_given ? "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\""
                                            : "Bearer realm=\"https://accounts.google.com/\"");
  return response;
}

}  // namespace mailmgr::sandbox
