// Microsoft's token endpoint for authorization codes, refresh tokens and client credentials.
#include <nlohmann/json.hpp>

#include "tests/sandbox/microsoft_assertion.h"
#include "tests/sandbox/microsoft_errors.h"
#include "tests/sandbox/microsoft_oauth.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

constexpr std::chrono::hours kRefreshLifetime{90 * 24};
constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr std::string_view kAppOnlyScope = "https://graph.microsoft.com/.default";

AadError missing(const std::string& name) {
  return {"invalid_request", 900144, "The request body must contain the following parameter: '" + name + "'."};
}

// A token is for one resource, although a person may consent to several at once.
std::optional<AadError> resource_problem(const std::set<std::string>& scopes) {
  std::set<std::string_view> resources;
  for (const auto& scope : scopes) {
    if (!resource_of(scope).empty()) resources.insert(resource_of(scope));
  }
  if (resources.size() < 2) return std::nullopt;
  return AadError{"invalid_scope", 28000,
                  "Provided value for the input parameter scope is not valid because it contains more than one "
                  "resource. Scope " +
                      join_words({scopes.begin(), scopes.end()}) + " is not valid."};
}

// The scopes a request asks for out of those consented (all, if it does not say); an error when it asks for more, or
// for more than one resource's.
std::optional<AadError> narrow(const Form& form, const Grant& grant, std::set<std::string>& scopes) {
  scopes = grant.scopes;
  if (!form.has("scope")) return resource_problem(scopes);
  std::set<std::string> asked;
  for (const auto& word : split_words(form.get("scope"))) {
    if (word == kAppOnlyScope || word == ".default") {
      asked.insert(grant.scopes.begin(), grant.scopes.end());
      continue;
    }
    const auto scope = microsoft_scope(word);
    if (!scope)
      return AadError{
          "invalid_scope", 70011,
          "The provided value for the input parameter 'scope' is not valid. The scope " + word + " is not valid."};
    if (!grant.scopes.contains(scope->name) && !is_identity_scope(scope->name))
      return AadError{"invalid_grant", 65001,
                      "The user or administrator has not consented to use the application with ID '" + grant.client_id +
                          "'. Send an interactive authorization request for this user and resource.",
                      "consent_required"};
    if (grant.scopes.contains(scope->name)) asked.insert(scope->name);
  }
  if (!asked.empty()) scopes = std::move(asked);
  return resource_problem(scopes);
}

Response no_store(Response response) {
  response.headers.emplace_back("Cache-Control", "no-store, no-cache");
  response.headers.emplace_back("Pragma", "no-cache");
  return response;
}

}  // namespace

Response MicrosoftOAuth::token(const Request& request, std::string_view segment, Time now) {
  const auto fail = [&](const AadError& error) { return aad_token_error(error, now); };
  const auto form = Form::of_body(request);
  if (!form) return fail({"invalid_request", 9002313, "Invalid request. Request is malformed or invalid."});
  if (const auto twice = form->duplicate())
    return fail({"invalid_request", 9002313,
                 "Invalid request. Request is malformed or invalid: '" + *twice + "' is repeated."});
  const auto tenant = find_tenant(world_.accounts, segment);
  if (!tenant)
    return fail(
        {"invalid_request", 90002,
         "Tenant '" + std::string(segment) + "' not found. Check to make sure you have the correct tenant ID."});
  const auto type = form->get("grant_type");
  if (type.empty()) return fail(missing("grant_type"));
  if (form->get("client_id").empty()) return fail(missing("client_id"));
  const auto* client = world_.clients.find(Provider::microsoft, form->get("client_id"));
  if (!client)
    return fail({"unauthorized_client", 700016,
                 "Application with identifier '" + form->get("client_id") + "' was not found in the directory '" +
                     tenant->segment + "'."});
  if (const auto problem = audience_problem(*client, *tenant))
    return fail({"invalid_request", problem->code, problem->text});
  if (const auto problem = client_problem(*form, *client, *tenant, type == "client_credentials", now))
    return fail(*problem);
  if (type == "authorization_code") return redeem(*form, *client, *tenant, now);
  if (type == "refresh_token") return refresh(*form, *client, now);
  if (type == kDeviceGrant) return poll_device(*form, *client, *tenant, now);
  if (type == "client_credentials") return client_credentials(*form, *client, *tenant, now);
  return fail({"unsupported_grant_type", 70003, "The app requested an unsupported grant type '" + type + "'."});
}

Response MicrosoftOAuth::redeem(const Form& form, const OAuthClient& client, const Tenant& tenant, Time now) {
  const auto fail = [&](int number, std::string text) {
    return aad_token_error({"invalid_grant", number, std::move(text)}, now);
  };
  if (!form.has("code")) return aad_token_error(missing("code"), now);
  if (!form.has("redirect_uri")) return aad_token_error(missing("redirect_uri"), now);
  auto* code = world_.tokens.find_code(form.get("code"));
  if (!code || code->grant->provider != Provider::microsoft || code->grant->client_id != client.id)
    return fail(70000, "The provided value for the 'code' parameter is not valid.");
  if (code->used)
    return fail(54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing "
                "refresh token.");
  if (code->expires <= now)
    return fail(70008,
                "The provided authorization code or refresh token has expired due to inactivity. Send a new "
                "interactive authorization request for this user and resource.");
  code->used = true;
  if (code->grant->tenant != tenant.segment)
    return fail(700005, "Provided Authorization Code is intended to use against other tenant, thus rejected.");
  if (code->redirect_uri != form.get("redirect_uri"))
    return fail(500112, "The reply address '" + form.get("redirect_uri") + "' does not match the reply address '" +
                            code->redirect_uri + "' provided when requesting Authorization code.");
  if (!verifier_fits(form.get("code_verifier"), code->challenge))
    return fail(501481, "The Code_Verifier does not match the code_challenge supplied in the authorization request.");
  const auto grant = code->grant;
  std::set<std::string> scopes;
  if (const auto problem = narrow(form, *grant, scopes)) return aad_token_error(*problem, now);
  return tokens_for(grant, scopes, now);
}

Response MicrosoftOAuth::refresh(const Form& form, const OAuthClient& client, Time now) {
  const auto fail = [&](int number, std::string text, std::string suberror = {}) {
    return aad_token_error({"invalid_grant", number, std::move(text), std::move(suberror)}, now);
  };
  if (!form.has("refresh_token")) return aad_token_error(missing("refresh_token"), now);
  if (form.get("refresh_token").empty()) return fail(9002313, "Invalid request. Request is malformed or invalid.");
  const auto found = world_.tokens.refresh(form.get("refresh_token"), now);
  if (found.state == TokenState::unknown || found.record->grant->provider != Provider::microsoft)
    return fail(9002313, "Invalid request. Request is malformed or invalid.");
  const auto grant = found.record->grant;
  if (grant->client_id != client.id) return fail(70000, "The provided refresh token was issued to another client.");
  if (found.state == TokenState::expired)
    return fail(700082,
                "The refresh token has expired due to inactivity. The token was issued on " +
                    to_rfc3339(found.record->issued) + " and was inactive for 90.00:00:00.",
                "bad_token");
  if (found.state == TokenState::revoked)
    return fail(50173,
                "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might "
                "have changed or reset their password.",
                "bad_token");
  std::set<std::string> scopes;
  if (const auto problem = narrow(form, *grant, scopes)) return aad_token_error(*problem, now);
  world_.tokens.count_refresh();
  return tokens_for(grant, scopes, now);
}

Response MicrosoftOAuth::client_credentials(const Form& form, const OAuthClient& client, const Tenant& tenant,
                                            Time now) {
  const auto fail = [&](const AadError& error) { return aad_token_error(error, now); };
  if (tenant.id.empty() || tenant.personal)
    return fail({"invalid_request", 9001023,
                 "The grant type is not supported over the /common or /consumers endpoints. Please use the "
                 "/organizations or tenant-specific endpoint."});
  if (form.get("scope") != kAppOnlyScope)
    return fail({"invalid_scope", 1002012,
                 "The provided value for scope " + form.get("scope") +
                     " is not valid. Client credential flows must have a scope value with /.default suffixed to the "
                     "resource identifier (application ID URI)."});
  auto grant = std::make_shared<Grant>();
  grant->provider = Provider::microsoft;
  grant->client_id = client.id;
  grant->tenant = tenant.id;
  grant->scopes = {client.app_roles.begin(), client.app_roles.end()};
  grant->app_only = true;
  const auto lifetime = world_.settings.access_lifetime;
  const auto access = world_.tokens.issue_access(grant, grant->scopes, now, lifetime);
  return no_store(Response::json(200, {{"token_type", "Bearer"},
                                       {"expires_in", lifetime.count()},
                                       {"ext_expires_in", lifetime.count()},
                                       {"access_token", access}}));
}

Response MicrosoftOAuth::tokens_for(const GrantPtr& grant, const std::set<std::string>& scopes, Time now) {
  const auto lifetime = world_.settings.access_lifetime;
  const auto* account = world_.accounts.find(grant->email);
  json body = {{"token_type", "Bearer"},
               {"scope", microsoft_scope_list(scopes, account->personal())},
               {"expires_in", lifetime.count()},
               {"ext_expires_in", lifetime.count()},
               {"access_token", world_.tokens.issue_access(grant, scopes, now, lifetime)}};
  // A new one each time; the one before stays valid until its own end.
  if (grant->offline) body["refresh_token"] = world_.tokens.issue_refresh(grant, now, kRefreshLifetime);
  if (scopes.contains("openid")) body["id_token"] = id_token(*grant, now);
  return no_store(Response::json(200, body));
}

std::string MicrosoftOAuth::id_token(const Grant& grant, Time now) {
  const auto* account = world_.accounts.find(grant.email);
  const auto seconds = to_unix_seconds(now);
  json claims = {{"ver", "2.0"},           {"iss", "https://login.microsoftonline.com/" + account->tenant + "/v2.0"},
                 {"aud", grant.client_id}, {"sub", uuid_of("pairwise " + grant.client_id + " " + account->email)},
                 {"tid", account->tenant}, {"iat", seconds},
                 {"nbf", seconds},         {"exp", seconds + 3600}};
  if (!grant.nonce.empty()) claims["nonce"] = grant.nonce;
  if (grant.scopes.contains("email")) claims["email"] = account->email;
  if (grant.scopes.contains("profile")) {
    claims["oid"] = account->subject;
    claims["name"] = account->name;
    claims["preferred_username"] = account->email;
  }
  return world_.id_tokens.sign(claims);
}

}  // namespace mailmgr::sandbox
