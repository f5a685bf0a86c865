// Microsoft's device code flow (RFC 8628): the code endpoint, the page where a person types the code, and polling; and
// the small endpoints beside it: userinfo, keys, discovery.
#include <nlohmann/json.hpp>

#include "core/base/encoding.h"
#include "tests/sandbox/microsoft_errors.h"
#include "tests/sandbox/microsoft_oauth.h"

namespace mailmgr::sandbox {
namespace {

constexpr std::chrono::seconds kDeviceLifetime{900};
constexpr std::chrono::seconds kSlowDown{5};

// Nine letters and digits that people do not mix up.
std::string new_user_code() {
  constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const auto bytes = sha256(random_token(16));
  std::string code;
  for (std::size_t i = 0; i < 9; ++i) code += kAlphabet[static_cast<unsigned char>(bytes[i]) % kAlphabet.size()];
  return code;
}

std::string code_form(const std::string& code, const std::vector<std::string>& emails) {
  std::string html =
      "<!-- To answer from a script, POST user_code, account and decision=allow|cancel to /_sandbox/devicelogin -->\n"
      "<form method=\"post\" action=\"/_sandbox/devicelogin\">\n<label>Code <input name=\"user_code\" value=\"" +
      escape_html(code) + "\"></label>\n";
  for (const auto& email : emails)
    html += "<label><input type=\"radio\" name=\"account\" value=\"" + escape_html(email) + "\"> " +
            escape_html(email) + "</label>\n";
  return html +
         "<p><button name=\"decision\" value=\"allow\">Continue</button><button name=\"decision\" "
         "value=\"cancel\">Cancel</button></p></form>";
}

}  // namespace

Response MicrosoftOAuth::device_code(const Request& request, std::string_view segment, Time now) {
  const auto fail = [&](std::string error, int code, std::string text) {
    return aad_token_error({std::move(error), code, std::move(text)}, now);
  };
  const auto tenant = find_tenant(world_.accounts, segment);
  if (!tenant) return fail("invalid_request", 90002, "Tenant '" + std::string(segment) + "' not found.");
  const auto form = Form::of_body(request);
  if (!form || form->duplicate())
    return fail("invalid_request", 9002313, "Invalid request. Request is malformed or invalid.");
  const auto* client = world_.clients.find(Provider::microsoft, form->get("client_id"));
  if (!client)
    return fail("unauthorized_client", 700016,
                "Application with identifier '" + form->get("client_id") + "' was not found in the directory.");
  if (const auto problem = audience_problem(*client, *tenant))
    return fail("invalid_request", problem->code, problem->text);
  Device device;
  device.client_id = client->id;
  device.tenant = tenant->segment;
  device.user_code = new_user_code();
  device.expires = now + kDeviceLifetime;
  device.next_poll = now + device.interval;
  for (const auto& word : split_words(form->get("scope"))) {
    auto scope = microsoft_scope(word);
    if (!scope)
      return fail(
          "invalid_scope", 70011,
          "The provided value for the input parameter 'scope' is not valid. The scope " + word + " is not valid.");
    device.scopes.push_back(std::move(*scope));
  }
  if (device.scopes.empty())
    return fail("invalid_request", 900144, "The request body must contain the following parameter: 'scope'.");
  const auto code = "DAQAB" + random_token(48);
  const auto page = base_url(request) + "/_sandbox/devicelogin";
  nlohmann::json body = {{"device_code", code},
                         {"user_code", device.user_code},
                         {"verification_uri", page},
                         {"expires_in", kDeviceLifetime.count()},
                         {"interval", device.interval.count()},
                         {"message", "To sign in, use a web browser to open the page " + page + " and enter the code " +
                                         device.user_code + " to authenticate."}};
  devices_.emplace(code, std::move(device));
  return Response::json(200, body);
}

Response MicrosoftOAuth::device_login(const Request& request, Time now) {
  if (request.method == "GET") {
    const auto everybody = emails_admitted({"common", true, true, ""});
    return html_page(200, "Enter code (sandbox)",
                     code_form(Form::parse(request.query).value_or(Form()).get("user_code"), everybody));
  }
  const auto form = Form::of_body(request);
  if (!form) return html_page(400, "Enter code (sandbox)", "<p>The answer is not a form.</p>");
  for (auto& [code, device] : devices_) {
    if (!equals_ignoring_ascii_case(device.user_code, form->get("user_code"))) continue;
    if (device.state != Device::State::waiting || device.expires <= now) break;
    if (form->get("decision") == "cancel") {
      device.state = Device::State::declined;
      return html_page(200, "You declined", "<p>You can close this window.</p>");
    }
    const auto* account = world_.accounts.find(Provider::microsoft, form->get("account"));
    if (!account || !admits(*find_tenant(world_.accounts, device.tenant), *account))
      return html_page(400, "Enter code (sandbox)", "<p>That account cannot be used here (AADSTS50020).</p>");
    device.account = account->email;
    device.state = Device::State::approved;
    return html_page(200, "You have signed in", "<p>You can close this window and go back to your device.</p>");
  }
  return html_page(400, "Enter code (sandbox)", "<p>That code didn't work. Check the code and try again.</p>");
}

Response MicrosoftOAuth::poll_device(const Form& form, const OAuthClient& client, const Tenant& tenant, Time now) {
  const auto fail = [&](std::string error, int code, std::string text) {
    return aad_token_error({std::move(error), code, std::move(text)}, now);
  };
  const auto found = devices_.find(form.get("device_code"));
  if (found == devices_.end() || found->second.client_id != client.id || found->second.state == Device::State::done)
    return fail("bad_verification_code", 70018,
                "Invalid verification code due to User typing in wrong user code for device code flow.");
  auto& device = found->second;
  if (device.tenant != tenant.segment)
    return fail("invalid_grant", 700005, "Provided code is intended to use against other tenant, thus rejected.");
  if (device.expires <= now)
    return fail("expired_token", 70019, "Verification code expired. Have the user retry the sign-in.");
  if (device.state == Device::State::declined)
    return fail("authorization_declined", 70020, "The end user denied the authorization request.");
  if (device.state == Device::State::waiting) {
    const bool early = now < device.next_poll;
    if (early) device.interval += kSlowDown;  // RFC 8628 §3.5: for good
    device.next_poll = now + device.interval;
    if (early) return fail("slow_down", 70016, "The client is polling too often.");
    if (world_.settings.auto_consent) {  // a person took one interval to answer
      const auto emails = emails_admitted(tenant);
      if (!emails.empty()) device.account = emails.front(), device.state = Device::State::approved;
    }
    return fail("authorization_pending", 70016,
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.");
  }
  device.state = Device::State::done;
  auto grant = std::make_shared<Grant>();
  grant->provider = Provider::microsoft;
  grant->client_id = client.id;
  grant->email = device.account;
  grant->tenant = device.tenant;
  for (const auto& scope : device.scopes) grant->scopes.insert(scope.name);
  grant->offline = grant->scopes.contains("offline_access");
  return tokens_for(grant, grant->scopes, now);
}

Response MicrosoftOAuth::userinfo(const Request& request, Time now) {
  const auto token = bearer_token(request);
  const auto found = world_.tokens.access(token, now);
  if (found.state != TokenState::good || found.record->grant->provider != Provider::microsoft ||
      found.record->grant->app_only)
    return graph_unauthorized(!token.empty(), now);
  const auto* account = world_.accounts.find(found.record->grant->email);
  return Response::json(200, {{"sub", uuid_of("pairwise " + found.record->grant->client_id + " " + account->email)},
                              {"name", account->name},
                              {"email", account->email}});
}

Response MicrosoftOAuth::keys() {
  return Response::json(200, world_.id_tokens.keys());
}

Response MicrosoftOAuth::discovery(const Request& request, std::string_view segment, Time now) {
  const auto tenant = find_tenant(world_.accounts, segment);
  if (!tenant)
    return aad_token_error({"invalid_tenant", 90002, "Tenant '" + std::string(segment) + "' not found."}, now);
  const auto base = base_url(request);
  const auto root = base + "/" + percent_encode(segment);
  const auto issuer = tenant->id.empty() ? std::string("{tenantid}") : tenant->id;
  return Response::json(200,
                        {{"issuer", "https://login.microsoftonline.com/" + issuer + "/v2.0"},
                         {"authorization_endpoint", root + "/oauth2/v2.0/authorize"},
                         {"token_endpoint", root + "/oauth2/v2.0/token"},
                         {"device_authorization_endpoint", root + "/oauth2/v2.0/devicecode"},
                         {"end_session_endpoint", root + "/oauth2/v2.0/logout"},
                         {"jwks_uri", root + "/discovery/v2.0/keys"},
                         {"userinfo_endpoint", base + "/oidc/userinfo"},
                         {"response_modes_supported", nlohmann::json::array({"query", "fragment", "form_post"})},
                         {"response_types_supported", nlohmann::json::array({"code"})},
                         {"subject_types_supported", nlohmann::json::array({"pairwise"})},
                         {"id_token_signing_alg_values_supported", nlohmann::json::array({"RS256"})},
                         {"scopes_supported", nlohmann::json::array({"openid", "profile", "email", "offline_access"})},
                         {"token_endpoint_auth_methods_supported", nlohmann::json::array({"client_secret_post"})}});
}

namespace {

Response invalid_token(std::string_view text, Time now) {
  const auto id = random_uuid();
  const nlohmann::json inner = {{"date", to_rfc3339(std::chrono::floor<std::chrono::seconds>(now)).substr(0, 19)},
                                {"request-id", id},
                                {"client-request-id", id}};
  auto response = Response::json(
      401, {{"error", {{"code", "InvalidAuthenticationToken"}, {"message", text}, {"innerError", inner}}}});
  response.headers.emplace_back(
      "WWW-Authenticate",
      "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", "
      "client_id=\"00000003-0000-0000-c000-000000000000\"");
  response.headers.emplace_back("request-id", id);
  return response;
}

}  // namespace

Response graph_unauthorized(bool token_given, Time now) {
  return invalid_token(token_given ? "Lifetime validation failed, the token is expired." : "Access token is empty.",
                       now);
}

Response graph_wrong_audience(Time now) {
  return invalid_token("Access token validation failure. Invalid audience.", now);
}

}  // namespace mailmgr::sandbox
