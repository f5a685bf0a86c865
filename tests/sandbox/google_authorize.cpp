// Google's authorize endpoint: checks a login request as the browser brings it, and turns a person's answer into a
// redirect.
#include <algorithm>
#include <array>

#include "core/base/encoding.h"
#include "tests/sandbox/form.h"
#include "tests/sandbox/google_oauth.h"
#include "tests/sandbox/google_scopes.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::string_view kIssuer = "https://accounts.google.com";

Response error_page(int status, const std::string& error, const std::string& text) {
  return html_page(
      status, "Access blocked: Authorization Error",
      "<p>" + escape_html(text) + "</p>\n<p>Error " + std::to_string(status) + ": " + escape_html(error) + "</p>");
}

Response missing(const std::string& name) {
  return error_page(400, "invalid_request", "Missing required parameter: " + name);
}

// Desktop clients: any port and path of the loopback, nothing registered. Web clients: character for character.
bool redirect_allowed(const OAuthClient& client, const std::string& uri) {
  if (client.web)
    return std::find(client.redirect_uris.begin(), client.redirect_uris.end(), uri) != client.redirect_uris.end();
  const auto url = Url::parse(uri);
  if (!url || url->scheme != "http") return false;
  return url->host == "127.0.0.1" || url->host == "::1" || url->host == "localhost";
}

bool valid_prompt(const std::string& prompt) {
  const auto words = split_words(prompt);
  for (const auto& word : words) {
    if (word != "none" && word != "consent" && word != "select_account") return false;
    if (word == "none" && words.size() > 1) return false;
  }
  return true;
}

// The first rule of the request's own parameters that is broken; client and redirect URI are known to be good.
std::optional<Response> parameter_problem(const Form& query) {
  if (!query.has("response_type")) return missing("response_type");
  if (query.get("response_type") != "code")
    return error_page(400, "unsupported_response_type", "Invalid response_type: " + query.get("response_type"));
  if (!query.has("scope") || split_words(query.get("scope")).empty()) return missing("scope");
  if (!query.has("code_challenge")) return missing("code_challenge");
  const auto method = query.has("code_challenge_method") ? query.get("code_challenge_method") : "plain";
  if (method != "S256")
    return error_page(400, "invalid_request", "code_challenge_method " + method + " is not accepted here: use S256");
  if (!is_s256_challenge(query.get("code_challenge")))
    return error_page(400, "invalid_request", "Code challenge must be a base64 encoded SHA-256 hash.");
  const std::array<std::pair<const char*, std::array<std::string_view, 2>>, 2> words = {
      {{"access_type", {"online", "offline"}}, {"include_granted_scopes", {"true", "false"}}}};
  for (const auto& [name, values] : words)
    if (query.has(name) && query.get(name) != values[0] && query.get(name) != values[1])
      return error_page(
          400, "invalid_request",
          "Invalid parameter value for " + std::string(name) + ": '" + query.get(name) + "' is not a valid value");
  if (!valid_prompt(query.get("prompt")))
    return error_page(400, "invalid_request",
                      "Invalid parameter value for prompt: Invalid prompt: " + query.get("prompt"));
  return std::nullopt;
}

QueryParams answer(const AuthorizationRequest& request) {
  QueryParams params;
  if (request.state) params.emplace_back("state", *request.state);
  // Google sends the issuer of RFC 9207 without advertising it.
  params.emplace_back("iss", kIssuer);
  return params;
}

Response redirect_error(const AuthorizationRequest& request, const std::string& error) {
  QueryParams params = {{"error", error}};
  if (request.state) params.emplace_back("state", *request.state);
  return redirect_to(with_parameters(request.redirect_uri, params));
}

}  // namespace

Response GoogleOAuth::authorize(const Request& request, Time now) {
  const auto query = Form::parse(request.query);
  if (!query) return error_page(400, "invalid_request", "The query string is not properly encoded");
  if (const auto twice = query->duplicate())
    return error_page(400, "invalid_request", "OAuth 2 parameters can only have a single value: " + *twice);
  if (query->get("client_id").empty()) return missing("client_id");
  const auto* client = world_.clients.find(Provider::google, query->get("client_id"));
  if (!client) return error_page(401, "invalid_client", "The OAuth client was not found.");
  const auto redirect = query->get("redirect_uri");
  if (redirect.empty()) return missing("redirect_uri");
  if (!redirect_allowed(*client, redirect))
    return error_page(
        400, "redirect_uri_mismatch",
        "You can't sign in to this app because it doesn't comply with Google's OAuth 2.0 policy. If you're "
        "the app developer, register the redirect URI in the Google Cloud Console. Request details: redirect_uri=" +
            redirect);
  if (auto problem = parameter_problem(*query)) return *problem;

  AuthorizationRequest login;
  login.provider = Provider::google;
  login.client_id = client->id;
  login.redirect_uri = redirect;
  if (query->has("state")) login.state = query->get("state");
  login.challenge = query->get("code_challenge");
  login.nonce = query->get("nonce");
  login.login_hint = query->get("login_hint");
  login.offline = !client->web || query->get("access_type") == "offline";
  login.forced = query->get("prompt").find("consent") != std::string::npos;
  std::vector<std::string> unknown;
  for (const auto& word : split_words(query->get("scope"))) {
    auto scope = google_scope(word);
    if (!scope) {
      unknown.push_back(word);
    } else if (std::none_of(login.scopes.begin(), login.scopes.end(),
                            [&](const ScopeChoice& known) { return known.name == scope->name; })) {
      login.scopes.push_back(std::move(*scope));
    }
  }
  if (!unknown.empty())
    return error_page(400, "invalid_scope",
                      "Some requested scopes were invalid. {invalid=[" + join_words(unknown) + "]}");
  for (const auto* account : world_.accounts.of(Provider::google)) login.accounts.push_back(account->email);

  if (world_.settings.auto_consent && !login.accounts.empty()) {
    Decision decision{login, true, automatic_account(login), {}};
    for (const auto& scope : login.scopes) decision.granted.insert(scope.name);
    return decide(decision, now);
  }
  if (query->get("prompt") == "none") return redirect_error(login, "interaction_required");
  return consent_.ask(std::move(login));
}

Response GoogleOAuth::decide(const Decision& decision, Time now) {
  const auto& request = decision.request;
  if (!decision.allowed || decision.granted.empty()) return redirect_error(request, "access_denied");
  auto grant = std::make_shared<Grant>();
  grant->provider = Provider::google;
  grant->client_id = request.client_id;
  grant->email = decision.account;
  grant->scopes = decision.granted;
  grant->nonce = request.nonce;
  const auto* client = world_.clients.find(Provider::google, request.client_id);
  const bool first = consented_.insert(request.client_id + " " + decision.account).second;
  grant->offline = request.offline && (!client->web || first || request.forced);

  auto params = answer(request);
  params.emplace_back("code", world_.tokens.issue_code(grant, request.redirect_uri, request.challenge, now));
  params.emplace_back("scope", join_words({decision.granted.begin(), decision.granted.end()}));
  params.emplace_back("authuser", "0");
  params.emplace_back("prompt", "consent");
  return redirect_to(with_parameters(request.redirect_uri, params));
}

}  // namespace mailmgr::sandbox
