#include <doctest/doctest.h>

#include "tests/sandbox_tests/sandbox_world.h"

namespace mailmgr::sandbox {
namespace {

const std::string kRedirect = "http://localhost:4711";
const std::string kClient = std::string(kMicrosoftClientId);

Options with_work_account() {
  Options options;
  options.accounts = {"a@gmail.test", "b@outlook.test", "microsoft:c@contoso.test"};
  return options;
}

QueryParams changed(QueryParams params, const QueryParams& changes) {
  for (const auto& [name, value] : changes) {
    std::erase_if(params, [&](const auto& param) { return param.first == name; });
    if (value != "-") params.emplace_back(name, value);
  }
  return params;
}

Response authorize(World& world, const QueryParams& changes = {}, const std::string& tenant = "common") {
  return world.get("/" + tenant + "/oauth2/v2.0/authorize",
                   changed({{"client_id", kClient},
                            {"redirect_uri", kRedirect},
                            {"response_type", "code"},
                            {"scope", "Mail.ReadWrite https://graph.microsoft.com/Mail.Send offline_access User.Read"},
                            {"state", "s1"},
                            {"code_challenge", challenge()},
                            {"code_challenge_method", "S256"}},
                           changes));
}

Response consent(World& world, const Response& page, const std::string& account = "b@outlook.test") {
  QueryParams form = {{"request", consent_id(page)}, {"account", account}, {"decision", "allow"}};
  for (const auto* scope : {"Mail.ReadWrite", "Mail.Send", "User.Read"}) form.emplace_back("scope", scope);
  return world.post_form("/_sandbox/consent", form);
}

std::string code_for(World& world, const QueryParams& changes = {}, const std::string& account = "b@outlook.test") {
  return location_param(consent(world, authorize(world, changes), account), "code");
}

Response redeem(World& world, const std::string& code, const QueryParams& changes = {},
                const std::string& tenant = "common") {
  return world.post_form("/" + tenant + "/oauth2/v2.0/token", changed({{"grant_type", "authorization_code"},
                                                                       {"client_id", kClient},
                                                                       {"code", code},
                                                                       {"code_verifier", kVerifier},
                                                                       {"redirect_uri", kRedirect}},
                                                                      changes));
}

Response refresh(World& world, const std::string& token, const QueryParams& changes = {}) {
  return world.post_form(
      "/common/oauth2/v2.0/token",
      changed({{"grant_type", "refresh_token"}, {"client_id", kClient}, {"refresh_token", token}}, changes));
}

void check_error(const Response& response, const std::string& error, int code) {
  const auto body = body_of(response);
  CHECK(body["error"] == error);
  CHECK(body["error_codes"] == nlohmann::json::array({code}));
  CHECK(body["error_description"].get<std::string>().starts_with("AADSTS" + std::to_string(code) + ": "));
  for (const auto* key : {"trace_id", "correlation_id", "timestamp"}) CHECK(body.contains(key));
}

void check_page(const Response& response, int code) {
  CHECK(location(response).empty());
  CHECK(response.body.find("AADSTS" + std::to_string(code)) != std::string::npos);
}

}  // namespace

TEST_CASE("microsoft: a login comes back to localhost with a path, and the code buys rotating tokens") {
  World world;
  const auto answer = consent(world, authorize(world));
  CHECK(location(answer).starts_with("http://localhost:4711/?"));
  CHECK(location_param(answer, "state") == "s1");
  CHECK_FALSE(location_param(answer, "session_state").empty());
  const auto tokens = body_of(redeem(world, location_param(answer, "code")));
  CHECK(tokens["token_type"] == "Bearer");
  CHECK(tokens["scope"] ==
        "https://graph.microsoft.com/Mail.ReadWrite https://graph.microsoft.com/Mail.Send "
        "https://graph.microsoft.com/User.Read");
  CHECK_FALSE(tokens.contains("id_token"));
  const auto seen = body_of(world.get("/v1.0/me", tokens["access_token"].get<std::string>()));
  CHECK(seen["user"] == "b@outlook.test");
  CHECK(seen["scopes"] == nlohmann::json::array({"Mail.ReadWrite", "Mail.Send", "User.Read", "offline_access"}));

  const auto first = tokens["refresh_token"].get<std::string>();
  const auto second = body_of(refresh(world, first))["refresh_token"].get<std::string>();
  CHECK(second != first);
  CHECK(refresh(world, second).status == 200);
  CHECK(refresh(world, first).status == 200);  // the old one stays valid
}

TEST_CASE("microsoft: without offline_access there is no refresh token, with openid an id_token") {
  Options options;
  options.auto_consent = true;
  World world(options);
  const auto code = location_param(authorize(world, {{"scope", "openid profile Mail.Read"}, {"nonce", "n"}}), "code");
  const auto tokens = body_of(redeem(world, code));
  CHECK_FALSE(tokens.contains("refresh_token"));
  const auto token = tokens["id_token"].get<std::string>();
  const auto first = token.find('.'), second = token.rfind('.');
  const auto claims = nlohmann::json::parse(base64_decode(token.substr(first + 1, second - first - 1)).value());
  CHECK(claims["tid"] == kConsumerTenant);
  CHECK(claims["aud"] == kClient);
  CHECK(claims["nonce"] == "n");
  CHECK(claims["preferred_username"] == "b@outlook.test");
  CHECK(claims["iss"] == "https://login.microsoftonline.com/" + std::string(kConsumerTenant) + "/v2.0");
}

TEST_CASE("microsoft: a wrong client, tenant or redirect URI ends on a page") {
  World world(with_work_account());
  check_page(authorize(world, {{"client_id", "nobody"}}), 700016);
  check_page(authorize(world, {}, "fabrikam.test"), 90002);
  for (const auto* uri : {"http://127.0.0.1:4711/", "http://localhost:4711/cb", "https://localhost:4711/",
                          "http://localhost.evil.example/", "-"})
    check_page(authorize(world, {{"redirect_uri", uri}}), 50011);
  check_page(authorize(world, {{"response_mode", "smoke"}}), 70007);
}

TEST_CASE("microsoft: for localhost the port does not count, path and case do") {
  World world;
  world.control("/clients", {{"provider", "microsoft"},
                             {"client_id", "c"},
                             {"redirect_uris", {"http://localhost/Cb", "http://127.0.0.1:5000/x"}}});
  const auto with = [&](const char* uri) { return authorize(world, {{"client_id", "c"}, {"redirect_uri", uri}}); };
  CHECK(with("http://localhost:1234/Cb").status == 200);
  check_page(with("http://localhost:1234/cb"), 50011);
  CHECK(with("http://127.0.0.1:5000/x").status == 200);
  check_page(with("http://127.0.0.1:5001/x"), 50011);
}

TEST_CASE("microsoft: other errors of a login are redirected with the state") {
  World world;
  const auto redirected = [&](const QueryParams& changes, const std::string& error, const std::string& code) {
    const auto response = authorize(world, changes);
    CHECK(location_param(response, "error") == error);
    CHECK(location_param(response, "state") == "s1");
    CHECK(location_param(response, "error_description").starts_with(code + ":"));
  };
  redirected({{"scope", "Mail.Reed"}}, "invalid_scope", "AADSTS70011");
  redirected({{"scope", "Mail.Read,Mail.Send"}}, "invalid_scope", "AADSTS70011");
  redirected({{"code_challenge", "-"}}, "invalid_request", "AADSTS9002325");
  redirected({{"code_challenge_method", "plain"}}, "invalid_request", "AADSTS501481");
  redirected({{"code_challenge_method", "-"}}, "invalid_request", "AADSTS501481");
  redirected({{"code_challenge", "short"}}, "invalid_request", "AADSTS501491");
  redirected({{"prompt", "select_account"}, {"login_hint", "b@outlook.test"}}, "invalid_request", "AADSTS90023");
  redirected({{"prompt", "none"}}, "login_required", "AADSTS50058");
  const auto declined =
      world.post_form("/_sandbox/consent", {{"request", consent_id(authorize(world))}, {"decision", "cancel"}});
  CHECK(location_param(declined, "error") == "access_denied");
  CHECK(location_param(declined, "error_description").starts_with("AADSTS65004:"));
}

TEST_CASE("microsoft: answers come in the response mode asked for") {
  World world;
  const auto fragment = consent(world, authorize(world, {{"response_mode", "fragment"}}));
  CHECK(location(fragment).starts_with("http://localhost:4711/#"));
  const auto form = consent(world, authorize(world, {{"response_mode", "form_post"}}));
  CHECK(form.status == 200);
  CHECK(form.body.find("name=\"code\"") != std::string::npos);
}

TEST_CASE("microsoft: public clients must not send a secret, confidential ones must") {
  World world;
  world.control("/clients", {{"provider", "microsoft"}, {"client_id", "web"}, {"client_secret", "s3cret"}});
  check_error(redeem(world, code_for(world), {{"client_secret", "x"}}), "invalid_client", 700025);
  const auto code = [&] { return code_for(world, {{"client_id", "web"}}); };
  check_error(redeem(world, code(), {{"client_id", "web"}}), "invalid_client", 7000218);
  check_error(redeem(world, code(), {{"client_id", "web"}, {"client_secret", "x"}}), "invalid_client", 7000215);
  CHECK(redeem(world, code(), {{"client_id", "web"}, {"client_secret", "s3cret"}}).status == 200);
  check_error(redeem(world, "x", {{"client_id", "nobody"}}), "unauthorized_client", 700016);
  check_error(redeem(world, "x", {{"grant_type", "-"}}), "invalid_request", 900144);
  check_error(redeem(world, "x", {{"grant_type", "password"}}), "unsupported_grant_type", 70003);
}

TEST_CASE("microsoft: a code counts once, for ten minutes, for its redirect URI, verifier and tenant segment") {
  World world;
  const auto once = code_for(world);
  CHECK(redeem(world, once).status == 200);
  check_error(redeem(world, once), "invalid_grant", 54005);
  check_error(redeem(world, "M.C5nonsense"), "invalid_grant", 70000);
  check_error(redeem(world, code_for(world), {}, "consumers"), "invalid_grant", 700005);
  check_error(redeem(world, code_for(world), {{"redirect_uri", "http://localhost:4712"}}), "invalid_grant", 500112);
  check_error(redeem(world, code_for(world), {{"code_verifier", std::string(43, 'x')}}), "invalid_grant", 501481);
  check_error(redeem(world, code_for(world), {{"code_verifier", "-"}}), "invalid_grant", 501481);
  const auto late = code_for(world);
  world.clock.advance(std::chrono::minutes(10));
  check_error(redeem(world, late), "invalid_grant", 70008);
}

TEST_CASE("microsoft: refresh tokens end by idleness and by revocation, with their own codes") {
  World world;
  const auto token = [&] { return body_of(redeem(world, code_for(world)))["refresh_token"].get<std::string>(); };
  const auto idle = token();
  world.clock.advance(std::chrono::hours(90 * 24));
  const auto expired = refresh(world, idle);
  check_error(expired, "invalid_grant", 700082);
  CHECK(body_of(expired)["suberror"] == "bad_token");
  const auto revoked = token();
  world.control("/revoke", {{"email", "b@outlook.test"}});
  check_error(refresh(world, revoked), "invalid_grant", 50173);
  check_error(refresh(world, ""), "invalid_grant", 9002313);
  check_error(refresh(world, "garbled"), "invalid_grant", 9002313);
}

TEST_CASE("microsoft: a refresh may ask for fewer scopes and not for more") {
  World world;
  const auto token = body_of(redeem(world, code_for(world)))["refresh_token"].get<std::string>();
  CHECK(body_of(refresh(world, token, {{"scope", "mail.send"}}))["scope"] == "https://graph.microsoft.com/Mail.Send");
  const auto more = refresh(world, token, {{"scope", "MailboxSettings.ReadWrite"}});
  check_error(more, "invalid_grant", 65001);
  CHECK(body_of(more)["suberror"] == "consent_required");
}

TEST_CASE("microsoft: work accounts have tenants, personal ones do not enter them") {
  World world(with_work_account());
  const auto tenant = tenant_of_domain("contoso.test");
  CHECK(authorize(world, {}, "contoso.test").body.find("c@contoso.test") != std::string::npos);
  CHECK(authorize(world, {}, tenant).body.find("b@outlook.test") == std::string::npos);
  CHECK(authorize(world, {}, "consumers").body.find("c@contoso.test") == std::string::npos);
  const auto tokens = body_of(redeem(world, code_for(world, {}, "c@contoso.test")));
  CHECK(tokens["scope"] == "Mail.ReadWrite Mail.Send User.Read");  // bare names for work accounts
}

TEST_CASE("microsoft: a client is bound to the audience it was registered for") {
  World world(with_work_account());
  const auto tenant = tenant_of_domain("contoso.test");
  world.control("/clients", {{"provider", "microsoft"}, {"client_id", "single"}, {"audience", tenant}});
  check_page(authorize(world, {{"client_id", "single"}}), 50194);
  CHECK(authorize(world, {{"client_id", "single"}}, tenant).status == 200);
  world.control("/clients", {{"provider", "microsoft"}, {"client_id", "work"}, {"audience", "organizations"}});
  check_page(authorize(world, {{"client_id", "work"}}, "consumers"), 9002332);
}

TEST_CASE("microsoft: the device flow waits for the person, slows down the impatient and ends once") {
  World world;
  const auto start = [&] {
    return body_of(world.post_form("/common/oauth2/v2.0/devicecode",
                                   {{"client_id", kClient}, {"scope", "Mail.Read offline_access"}}));
  };
  const auto poll = [&](const nlohmann::json& device) {
    return world.post_form("/common/oauth2/v2.0/token", {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                                                         {"client_id", kClient},
                                                         {"device_code", device["device_code"].get<std::string>()}});
  };
  const auto answer = [&](const nlohmann::json& device, const char* decision) {
    return world.post_form(
        "/_sandbox/devicelogin",
        {{"user_code", device["user_code"].get<std::string>()}, {"account", "b@outlook.test"}, {"decision", decision}});
  };
  auto device = start();
  CHECK(device["expires_in"] == 900);
  CHECK(device["verification_uri"] == "http://127.0.0.1:8080/_sandbox/devicelogin");
  CHECK(body_of(poll(device))["error"] == "slow_down");
  world.clock.advance(std::chrono::seconds(10));
  CHECK(body_of(poll(device))["error"] == "authorization_pending");
  CHECK(answer(device, "allow").status == 200);
  world.clock.advance(std::chrono::seconds(10));
  const auto tokens = body_of(poll(device));
  CHECK(tokens.contains("refresh_token"));
  CHECK(body_of(world.get("/v1.0/me", tokens["access_token"].get<std::string>()))["user"] == "b@outlook.test");
  CHECK(body_of(poll(device))["error"] == "bad_verification_code");

  device = start();
  CHECK(answer(device, "cancel").status == 200);
  CHECK(body_of(poll(device))["error"] == "authorization_declined");
  device = start();
  world.clock.advance(std::chrono::seconds(900));
  CHECK(body_of(poll(device))["error"] == "expired_token");
  CHECK(answer(device, "allow").status == 400);
}

TEST_CASE("microsoft: client credentials open a tenant's mailboxes without a person") {
  World world(with_work_account());
  world.control("/clients", {{"provider", "microsoft"},
                             {"client_id", "daemon"},
                             {"client_secret", "s"},
                             {"app_roles", {"Mail.ReadWrite", "Mail.Send"}}});
  const auto ask = [&](const QueryParams& changes, const std::string& tenant = "contoso.test") {
    return world.post_form("/" + tenant + "/oauth2/v2.0/token",
                           changed({{"grant_type", "client_credentials"},
                                    {"client_id", "daemon"},
                                    {"client_secret", "s"},
                                    {"scope", "https://graph.microsoft.com/.default"}},
                                   changes));
  };
  const auto tokens = body_of(ask({}));
  CHECK_FALSE(tokens.contains("refresh_token"));
  const auto seen =
      body_of(world.get("/v1.0/users/c@contoso.test/messages", tokens["access_token"].get<std::string>()));
  CHECK(seen["app_only"] == true);
  CHECK(seen["scopes"] == nlohmann::json::array({"Mail.ReadWrite", "Mail.Send"}));
  check_error(ask({}, "common"), "invalid_request", 9001023);
  check_error(ask({{"scope", "Mail.Read"}}), "invalid_scope", 1002012);
  check_error(ask({{"client_secret", "-"}}), "invalid_client", 7000218);
  check_error(ask({{"client_id", kClient}, {"client_secret", "-"}}), "invalid_client", 7000218);
}

TEST_CASE("microsoft: Graph's 401 says what is wrong with the token, and Google's tokens are worth nothing there") {
  Options options;
  options.auto_consent = true;
  World world(options);
  const auto none = world.get("/v1.0/me");
  CHECK(none.status == 401);
  CHECK(body_of(none)["error"]["code"] == "InvalidAuthenticationToken");
  const auto tokens = body_of(redeem(world, location_param(authorize(world), "code")));
  const auto token = tokens["access_token"].get<std::string>();
  CHECK(world.get("/v1.0/me", token).status == 200);
  CHECK(world.get("/gmail/v1/users/me/profile", token).status == 401);
}

TEST_CASE("microsoft: a person may consent to several APIs, but a token is for one of them") {
  Options options;
  options.auto_consent = true;
  World world(options);
  const std::string imap = "https://outlook.office.com/IMAP.AccessAsUser.All";
  const std::string both = "Mail.Read User.Read offline_access " + imap;
  const auto code = [&] { return location_param(authorize(world, {{"scope", both}}), "code"); };
  check_error(redeem(world, code()), "invalid_scope", 28000);
  check_error(redeem(world, code(), {{"scope", both}}), "invalid_scope", 28000);

  const auto graph = body_of(redeem(world, code(), {{"scope", "Mail.Read User.Read offline_access"}}));
  CHECK(graph["scope"] == "https://graph.microsoft.com/Mail.Read https://graph.microsoft.com/User.Read");
  CHECK(world.get("/v1.0/me", graph["access_token"].get<std::string>()).status == 200);

  const auto token = graph["refresh_token"].get<std::string>();
  check_error(refresh(world, token), "invalid_scope", 28000);
  const auto server = body_of(refresh(world, token, {{"scope", imap + " offline_access"}}));
  CHECK(server["scope"] == imap);
  CHECK(server.contains("refresh_token"));
  const auto refused = world.get("/v1.0/me", server["access_token"].get<std::string>());
  CHECK(refused.status == 401);
  CHECK(body_of(refused)["error"]["message"].get<std::string>().find("audience") != std::string::npos);
}

TEST_CASE("microsoft: a token for an API that nobody consented to is refused") {
  Options options;
  options.auto_consent = true;
  World world(options);
  const auto code = location_param(authorize(world), "code");
  const auto token = body_of(redeem(world, code))["refresh_token"].get<std::string>();
  check_error(refresh(world, token, {{"scope", "https://outlook.office.com/SMTP.Send"}}), "invalid_grant", 65001);
}

}  // namespace mailmgr::sandbox
