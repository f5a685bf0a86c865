// Microsoft's authorize endpoint and sign-out. A request whose client or redirect URI is wrong ends on a page; every
// other error goes back to the client by redirect, once the redirect URI is known to be its own.
#include <algorithm>

#include "tests/sandbox/microsoft_errors.h"
#include "tests/sandbox/microsoft_oauth.h"

namespace mailmgr::sandbox {
namespace {

// The rules on the request's own parameters, without its scopes.
std::optional<AadError> parameter_problem(const Form& query) {
  if (const auto twice = query.duplicate())
    return AadError{"invalid_request", 90013,
                    "Invalid input received from the user. Duplicate parameter '" + *twice + "'."};
  if (!query.has("response_type"))
    return AadError{"invalid_request", 900144,
                    "The request body must contain the following parameter: 'response_type'."};
  if (query.get("response_type") != "code")
    return AadError{"unsupported_response_type", 700054,
                    "response_type '" + query.get("response_type") + "' is not enabled for the application."};
  if (!query.has("scope") || split_words(query.get("scope")).empty())
    return AadError{"invalid_request", 900144, "The request body must contain the following parameter: 'scope'."};
  if (!query.has("code_challenge"))
    return AadError{"invalid_request", 9002325,
                    "Proof Key for Code Exchange is required for authorization code redemption."};
  if (query.get("code_challenge_method") != "S256")
    return AadError{"invalid_request", 501481, "The Code_Challenge_Method must be S256."};
  if (!is_s256_challenge(query.get("code_challenge")))
    return AadError{"invalid_request", 501491, "Invalid size of Code_Challenge parameter."};
  const auto prompt = query.get("prompt");
  if (!prompt.empty() && prompt != "login" && prompt != "none" && prompt != "consent" && prompt != "select_account")
    return AadError{"invalid_request", 90023, "The prompt value '" + prompt + "' is not supported."};
  if (prompt == "select_account" && query.has("login_hint"))
    return AadError{"invalid_request", 90023, "login_hint and prompt=select_account cannot be combined."};
  return std::nullopt;
}

std::optional<AadError> read_scopes(const std::string& text, std::vector<ScopeChoice>& scopes) {
  for (const auto& word : split_words(text)) {
    auto scope = microsoft_scope(word);
    if (!scope)
      return AadError{"invalid_scope", 70011,
                      "The provided request must include a 'scope' input parameter. The provided value for the input "
                      "parameter 'scope' is not valid. The scope " +
                          word + " is not valid."};
    if (std::none_of(scopes.begin(), scopes.end(), [&](const ScopeChoice& known) { return known.name == scope->name; }))
      scopes.push_back(std::move(*scope));
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> MicrosoftOAuth::emails_admitted(const Tenant& tenant) const {
  std::vector<std::string> emails;
  for (const auto* account : world_.accounts.of(Provider::microsoft))
    if (admits(tenant, *account)) emails.push_back(account->email);
  return emails;
}

Response MicrosoftOAuth::authorize(const Request& request, std::string_view segment, Time now) {
  const auto page = [&](int code, std::string text) {
    return aad_error_page({"invalid_request", code, std::move(text)}, now);
  };
  const auto tenant = find_tenant(world_.accounts, segment);
  if (!tenant)
    return page(90002,
                "Tenant '" + std::string(segment) + "' not found. Check to make sure you have the correct tenant ID.");
  const auto query = Form::parse(request.query);
  if (!query) return page(900561, "The query string is malformed.");
  if (query->get("client_id").empty())
    return page(900144, "The request body must contain the following parameter: 'client_id'.");
  const auto* client = world_.clients.find(Provider::microsoft, query->get("client_id"));
  if (!client)
    return page(700016,
                "Application with identifier '" + query->get("client_id") + "' was not found in the directory '" +
                    tenant->segment +
                    "'. This can happen if the application has not been installed by the administrator of the tenant.");
  if (const auto problem = audience_problem(*client, *tenant)) return page(problem->code, problem->text);
  const auto redirect = query->get("redirect_uri");
  if (!microsoft_redirect_allowed(*client, redirect))
    return page(50011,
                "The redirect URI '" + redirect +
                    "' specified in the request does not match the redirect URIs configured for the application '" +
                    client->id + "'.");

  AuthorizationRequest login;
  login.provider = Provider::microsoft;
  login.client_id = client->id;
  login.redirect_uri = redirect;
  login.tenant = tenant->segment;
  if (query->has("state")) login.state = query->get("state");
  const auto mode = query->has("response_mode") ? query->get("response_mode") : "query";
  if (mode != "query" && mode != "fragment" && mode != "form_post")
    return page(70007, "'" + mode + "' is not a supported value of 'response_mode' when requesting a token.");
  login.response_mode = mode;
  login.challenge = query->get("code_challenge");
  login.nonce = query->get("nonce");
  login.login_hint = query->get("login_hint");
  if (const auto problem = parameter_problem(*query)) return aad_redirect_error(login, *problem, now);
  if (const auto problem = read_scopes(query->get("scope"), login.scopes))
    return aad_redirect_error(login, *problem, now);
  login.offline = std::any_of(login.scopes.begin(), login.scopes.end(),
                              [](const ScopeChoice& scope) { return scope.name == "offline_access"; });
  login.accounts = emails_admitted(*tenant);
  if (login.accounts.empty()) return page(50020, "No account here may use the tenant '" + tenant->segment + "'.");

  if (world_.settings.auto_consent) {
    Decision decision{login, true, automatic_account(login), {}};
    for (const auto& scope : login.scopes) decision.granted.insert(scope.name);
    return decide(decision, now);
  }
  if (query->get("prompt") == "none")
    return aad_redirect_error(
        login, {"login_required", 50058, "A silent sign-in request was sent but no user is signed in."}, now);
  return consent_.ask(std::move(login));
}

Response MicrosoftOAuth::decide(const Decision& decision, Time now) {
  const auto& request = decision.request;
  if (!decision.allowed)
    return aad_redirect_error(request, {"access_denied", 65004, "User declined to consent to access the app."}, now);
  auto grant = std::make_shared<Grant>();
  grant->provider = Provider::microsoft;
  grant->client_id = request.client_id;
  grant->email = decision.account;
  grant->tenant = request.tenant;
  grant->scopes = decision.granted;
  grant->nonce = request.nonce;
  grant->offline = request.offline;
  return aad_answer(request, {{"code", world_.tokens.issue_code(grant, request.redirect_uri, request.challenge, now)},
                              {"session_state", random_uuid()}});
}

Response MicrosoftOAuth::logout(const Request& request) {
  const auto query = Form::parse(request.query).value_or(Form());
  if (query.has("post_logout_redirect_uri")) return redirect_to(query.get("post_logout_redirect_uri"));
  return html_page(200, "You signed out of your account",
                   "<p>Tokens stay valid: signing out ends the browser's session only.</p>");
}

}  // namespace mailmgr::sandbox
