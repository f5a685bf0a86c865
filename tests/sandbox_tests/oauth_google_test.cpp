#include <doctest/doctest.h>

#include "tests/sandbox_tests/sandbox_world.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

const std::string kRedirect = "http://127.0.0.1:4711/cb/google";
const std::string kModify = "https://www.googleapis.com/auth/gmail.modify";
const std::string kBasic = "https://www.googleapis.com/auth/gmail.settings.basic";

QueryParams login(const QueryParams& changes = {}) {
  QueryParams params = {{"client_id", std::string(kGoogleClientId)},
                        {"redirect_uri", kRedirect},
                        {"response_type", "code"},
                        {"scope", kModify},
                        {"state", "st ate/1"},
                        {"code_challenge", challenge()},
                        {"code_challenge_method", "S256"}};
  for (const auto& [name, value] : changes) {
    std::erase_if(params, [&](const auto& param) { return param.first == name; });
    if (value != "-") params.emplace_back(name, value);
  }
  return params;
}

Response authorize(World& world, const QueryParams& changes = {}) {
  return world.get("/o/oauth2/v2/auth", login(changes));
}

std::string code_for(World& world, const QueryParams& changes = {}) {
  const auto page = authorize(world, changes);
  return location_param(
      world.post_form(
          "/_sandbox/consent",
          {{"request", consent_id(page)}, {"account", "a@gmail.test"}, {"scope", kModify}, {"decision", "allow"}}),
      "code");
}

Response redeem(World& world, const std::string& code, const QueryParams& changes = {}) {
  QueryParams form = {{"grant_type", "authorization_code"},
                      {"client_id", std::string(kGoogleClientId)},
                      {"client_secret", std::string(kGoogleClientSecret)},
                      {"code", code},
                      {"code_verifier", kVerifier},
                      {"redirect_uri", kRedirect}};
  for (const auto& [name, value] : changes) {
    std::erase_if(form, [&](const auto& param) { return param.first == name; });
    if (value != "-") form.emplace_back(name, value);
  }
  return world.post_form("/token", form);
}

Response refresh(World& world, const std::string& token, const std::string& secret = std::string(kGoogleClientSecret)) {
  return world.post_form("/token", {{"grant_type", "refresh_token"},
                                    {"client_id", std::string(kGoogleClientId)},
                                    {"client_secret", secret},
                                    {"refresh_token", token}});
}

void check_page(const Response& response, int status, const std::string& error) {
  CHECK(response.status == status);
  CHECK(response.body.find(error) != std::string::npos);
  CHECK(location(response).empty());
}

}  // namespace

TEST_CASE("google: a person allows a login, and the code buys tokens that open the mailbox") {
  World world;
  const auto page = authorize(world);
  CHECK(page.status == 200);
  CHECK(page.body.find("a@gmail.test") != std::string::npos);
  CHECK(page.body.find("action=\"/_sandbox/consent\"") != std::string::npos);
  const auto answer = world.post_form(
      "/_sandbox/consent",
      {{"request", consent_id(page)}, {"account", "a@gmail.test"}, {"scope", kModify}, {"decision", "allow"}});
  CHECK(answer.status == 302);
  CHECK(location(answer).starts_with(kRedirect + "?"));
  CHECK(location_param(answer, "state") == "st ate/1");
  CHECK(location_param(answer, "iss") == "https://accounts.google.com");
  CHECK(location_param(answer, "scope") == kModify);

  const auto tokens = body_of(redeem(world, location_param(answer, "code")));
  CHECK(tokens["token_type"] == "Bearer");
  CHECK(tokens["expires_in"] == 3599);
  CHECK(tokens["scope"] == kModify);
  CHECK(tokens.contains("refresh_token"));
  CHECK_FALSE(tokens.contains("id_token"));
  CHECK_FALSE(tokens.contains("refresh_token_expires_in"));
  const auto seen = body_of(world.get("/gmail/v1/users/me/profile", tokens["access_token"].get<std::string>()));
  CHECK(seen["user"] == "a@gmail.test");
  CHECK(seen["scopes"] == nlohmann::json::array({kModify}));
}

TEST_CASE("google: a consent page can be answered once, with its own accounts only") {
  World world;
  const auto id = consent_id(authorize(world));
  const auto answer = [&](const std::string& account, const std::string& decision) {
    return world.post_form("/_sandbox/consent",
                           {{"request", id}, {"account", account}, {"scope", kModify}, {"decision", decision}});
  };
  CHECK(answer("b@outlook.test", "allow").status == 400);
  CHECK(answer("a@gmail.test", "perhaps").status == 400);
  CHECK(answer("a@gmail.test", "allow").status == 302);
  CHECK(answer("a@gmail.test", "allow").status == 400);
}

TEST_CASE("google: scopes left out on the page are missing from the grant; none at all is a refusal") {
  World world;
  const auto ask = [&] { return consent_id(authorize(world, {{"scope", kModify + " " + kBasic}})); };
  const auto some = world.post_form(
      "/_sandbox/consent", {{"request", ask()}, {"account", "a@gmail.test"}, {"scope", kBasic}, {"decision", "allow"}});
  CHECK(body_of(redeem(world, location_param(some, "code")))["scope"] == kBasic);
  const auto none =
      world.post_form("/_sandbox/consent", {{"request", ask()}, {"account", "a@gmail.test"}, {"decision", "allow"}});
  CHECK(location_param(none, "error") == "access_denied");
}

TEST_CASE("google: declining is redirected with the state") {
  World world;
  const auto answer =
      world.post_form("/_sandbox/consent", {{"request", consent_id(authorize(world))}, {"decision", "cancel"}});
  CHECK(location_param(answer, "error") == "access_denied");
  CHECK(location_param(answer, "state") == "st ate/1");
  CHECK(location_param(answer, "code").empty());
}

TEST_CASE("google: every other error of a login is a page in the browser and never redirected") {
  World world;
  check_page(authorize(world, {{"client_id", "-"}}), 400, "client_id");
  check_page(authorize(world, {{"client_id", "nobody"}}), 401, "invalid_client");
  check_page(authorize(world, {{"redirect_uri", "-"}}), 400, "redirect_uri");
  check_page(authorize(world, {{"redirect_uri", "http://192.0.2.1:80/"}}), 400, "redirect_uri_mismatch");
  check_page(authorize(world, {{"redirect_uri", "urn:ietf:wg:oauth:2.0:oob"}}), 400, "redirect_uri_mismatch");
  check_page(authorize(world, {{"response_type", "token"}}), 400, "unsupported_response_type");
  check_page(authorize(world, {{"scope", "-"}}), 400, "scope");
  check_page(authorize(world, {{"scope", kModify + " gmail.nonsense"}}), 400, "invalid_scope");
  check_page(authorize(world, {{"code_challenge", "-"}}), 400, "code_challenge");
  check_page(authorize(world, {{"code_challenge_method", "-"}}), 400, "invalid_request");
  check_page(authorize(world, {{"code_challenge_method", "plain"}}), 400, "invalid_request");
  check_page(authorize(world, {{"code_challenge", "short"}}), 400, "invalid_request");
  check_page(authorize(world, {{"access_type", "sometimes"}}), 400, "access_type");
  check_page(authorize(world, {{"prompt", "none consent"}}), 400, "prompt");
  check_page(world.get("/o/oauth2/v2/auth?" + encode_query(login()) + "&state=again"), 400, "state");
}

TEST_CASE("google: desktop clients may come back to any loopback port and path") {
  World world;
  for (const auto* uri :
       {"http://127.0.0.1:1/", "http://[::1]:65535/x/y", "http://localhost:8089/callback", "http://localhost"})
    CHECK(authorize(world, {{"redirect_uri", uri}}).status == 200);
}

TEST_CASE(
    "google: web clients come back to a registered URI, to the letter, and get a refresh token at first consent") {
  World world;
  world.control("/clients", {{"provider", "google"},
                             {"client_id", "web"},
                             {"client_secret", "s"},
                             {"web", true},
                             {"redirect_uris", {"http://localhost:9000/cb", "https://mail.example.com/cb"}}});
  const QueryParams web = {
      {"client_id", "web"}, {"redirect_uri", "http://localhost:9000/cb"}, {"access_type", "offline"}};
  for (const auto* uri : {"http://localhost:9001/cb", "http://localhost:9000/cb/", "http://127.0.0.1:9000/cb"})
    check_page(authorize(world, {{"client_id", "web"}, {"redirect_uri", uri}}), 400, "redirect_uri_mismatch");
  const QueryParams proof = {
      {"client_id", "web"}, {"client_secret", "s"}, {"redirect_uri", "http://localhost:9000/cb"}};
  CHECK(body_of(redeem(world, code_for(world, web), proof)).contains("refresh_token"));
  CHECK_FALSE(body_of(redeem(world, code_for(world, web), proof)).contains("refresh_token"));
  auto again = web;
  again.emplace_back("prompt", "consent");
  CHECK(body_of(redeem(world, code_for(world, again), proof)).contains("refresh_token"));
}

TEST_CASE("google: the token endpoint wants the client's secret, also from desktop clients") {
  World world;
  const auto missing = redeem(world, code_for(world), {{"client_secret", "-"}});
  CHECK(missing.status == 400);
  CHECK(body_of(missing)["error"] == "invalid_request");
  CHECK(body_of(missing)["error_description"] == "client_secret is missing.");
  const auto wrong = redeem(world, code_for(world), {{"client_secret", "guess"}});
  CHECK(wrong.status == 401);
  CHECK(body_of(wrong)["error"] == "invalid_client");
  CHECK(body_of(redeem(world, "4/0x", {{"client_id", "nobody"}}))["error"] == "invalid_client");
  CHECK(body_of(redeem(world, "4/0x", {{"grant_type", "password"}}))["error"] == "unsupported_grant_type");
  CHECK(body_of(world.send("POST", "/token", "{}", {{"Content-Type", "application/json"}}))["error"] ==
        "invalid_request");
}

TEST_CASE("google: a code counts once, for ten minutes, for its client, redirect URI and verifier") {
  World world;
  const auto refused = [&](const std::string& code, const QueryParams& changes) {
    const auto response = redeem(world, code, changes);
    CHECK(response.status == 400);
    CHECK(body_of(response)["error"] == "invalid_grant");
  };
  const auto once = code_for(world);
  CHECK(redeem(world, once).status == 200);
  refused(once, {});
  refused("4/0Anonsense", {});
  refused(code_for(world), {{"code_verifier", "-"}});
  refused(code_for(world), {{"code_verifier", std::string(43, 'x')}});
  refused(code_for(world), {{"redirect_uri", "http://127.0.0.1:4712/cb/google"}});
  world.control("/clients", {{"provider", "google"}, {"client_id", "other"}, {"client_secret", "o"}});
  refused(code_for(world), {{"client_id", "other"}, {"client_secret", "o"}});
  const auto late = code_for(world);
  world.clock.advance(std::chrono::minutes(10));
  refused(late, {});
}

TEST_CASE("google: a code shown with a wrong verifier is burnt") {
  World world;
  const auto code = code_for(world);
  CHECK(redeem(world, code, {{"code_verifier", std::string(43, 'x')}}).status == 400);
  CHECK(redeem(world, code).status == 400);
}

TEST_CASE("google: refreshing gives an access token and no new refresh token") {
  World world;
  const auto first = body_of(redeem(world, code_for(world)));
  const auto token = first["refresh_token"].get<std::string>();
  const auto again = body_of(refresh(world, token));
  CHECK(again["access_token"] != first["access_token"]);
  CHECK_FALSE(again.contains("refresh_token"));
  CHECK(body_of(refresh(world, token, "guess"))["error"] == "invalid_client");
  CHECK(body_of(refresh(world, "1//0unknown"))["error"] == "invalid_grant");
  CHECK(world.look("/stats")["tokens"]["refreshes"] == 1);
}

TEST_CASE("google: refresh tokens rotate where that is asked for, and the one before stays good") {
  Options options;
  options.rotate_refresh_tokens = true;
  World world(options);
  const auto first = body_of(redeem(world, code_for(world)))["refresh_token"].get<std::string>();
  const auto second = body_of(refresh(world, first))["refresh_token"].get<std::string>();
  CHECK(second != first);
  CHECK(refresh(world, first).status == 200);
  CHECK(refresh(world, second).status == 200);
}

TEST_CASE("google: all refresh tokens but the newest can be ended") {
  Options options;
  options.rotate_refresh_tokens = true;
  World world(options);
  const auto first = body_of(redeem(world, code_for(world)))["refresh_token"].get<std::string>();
  const auto second = body_of(refresh(world, first))["refresh_token"].get<std::string>();
  CHECK(world.control("/expire", {{"older_refresh_tokens", true}})["older_refresh_tokens"] == 1);
  CHECK(refresh(world, first).status == 400);
  CHECK(refresh(world, second).status == 200);
}

TEST_CASE("google: every secret that passed a login is listed") {
  World world;
  const auto code = code_for(world);
  CHECK(world.look("/secrets")["code"] == json{code});
  const auto tokens = body_of(redeem(world, code));
  const auto seen = world.look("/secrets");
  CHECK(seen["code"] == json{code});
  CHECK(seen["code_verifier"] == json{kVerifier});
  CHECK(seen["client_secret"] == json{kGoogleClientSecret});
  CHECK(seen["access_token"] == json{tokens["access_token"]});
  CHECK(seen["refresh_token"] == json{tokens["refresh_token"]});
}

TEST_CASE("google: an access token ends after its lifetime with Google's 401") {
  World world;
  const auto token = body_of(redeem(world, code_for(world)))["access_token"].get<std::string>();
  world.clock.advance(std::chrono::seconds(3598));
  CHECK(world.get("/gmail/v1/users/me/profile", token).status == 200);
  world.clock.advance(std::chrono::seconds(1));
  const auto dead = world.get("/gmail/v1/users/me/profile", token);
  CHECK(dead.status == 401);
  CHECK(body_of(dead)["error"]["errors"][0]["reason"] == "authError");
  CHECK(body_of(dead)["error"]["status"] == "UNAUTHENTICATED");
  const auto none = world.get("/gmail/v1/users/me/profile");
  CHECK(body_of(none)["error"]["errors"][0]["reason"] == "required");
}

TEST_CASE("google: refresh tokens of a client in testing say so and end after seven days") {
  Options options;
  OAuthClient testing;
  testing.id = std::string(kGoogleClientId);
  testing.secret = std::string(kGoogleClientSecret);
  testing.testing = true;
  options.clients = {testing};
  World world(options);
  const auto tokens = body_of(redeem(world, code_for(world)));
  CHECK(tokens["refresh_token_expires_in"] == 604799);
  const auto token = tokens["refresh_token"].get<std::string>();
  world.clock.advance(std::chrono::hours(7 * 24 - 1));
  CHECK(refresh(world, token).status == 200);
  world.clock.advance(std::chrono::hours(1));
  CHECK(body_of(refresh(world, token))["error_description"] == "Token has been expired or revoked.");
}

TEST_CASE("google: revoking any token ends all of that person's tokens of the client") {
  World world;
  const auto one = body_of(redeem(world, code_for(world))), two = body_of(redeem(world, code_for(world)));
  CHECK(world.post_form("/revoke", {{"token", one["access_token"].get<std::string>()}}).status == 200);
  CHECK(body_of(refresh(world, two["refresh_token"].get<std::string>()))["error"] == "invalid_grant");
  CHECK(world.get("/gmail/v1/users/me/profile", two["access_token"].get<std::string>()).status == 401);
  CHECK(world.post_form("/revoke", {{"token", "nonsense"}}).status == 400);
}

TEST_CASE("google: the hundred and first refresh token of a client drops the oldest") {
  World world;
  const auto oldest = body_of(redeem(world, code_for(world)))["refresh_token"].get<std::string>();
  for (int i = 0; i < 99; ++i) redeem(world, code_for(world));
  CHECK(refresh(world, oldest).status == 200);
  redeem(world, code_for(world));
  CHECK(body_of(refresh(world, oldest))["error"] == "invalid_grant");
}

TEST_CASE("google: email and profile come back under their full names, openid brings a signed id_token") {
  Options options;
  options.auto_consent = true;
  World world(options);
  const auto answer = authorize(world, {{"scope", "openid email profile " + kModify}, {"nonce", "n1"}});
  CHECK(location(answer).starts_with(kRedirect));
  const auto tokens = body_of(redeem(world, location_param(answer, "code")));
  const auto scope = tokens["scope"].get<std::string>();
  CHECK(scope.find("https://www.googleapis.com/auth/userinfo.email") != std::string::npos);
  CHECK(scope.find("https://www.googleapis.com/auth/userinfo.profile") != std::string::npos);
  const auto token = tokens["id_token"].get<std::string>();
  const auto first = token.find('.'), second = token.rfind('.');
  const auto claims = nlohmann::json::parse(base64_decode(token.substr(first + 1, second - first - 1)).value());
  CHECK(claims["iss"] == "https://accounts.google.com");
  CHECK(claims["aud"] == kGoogleClientId);
  CHECK(claims["nonce"] == "n1");
  CHECK(claims["email"] == "a@gmail.test");
  const auto keys = body_of(world.get("/oauth2/v3/certs"));
  CHECK(keys["keys"].size() == 1);
  CHECK(keys["keys"][0]["kty"] == "RSA");
  const auto info = body_of(world.get("/v1/userinfo", tokens["access_token"].get<std::string>()));
  CHECK(info["sub"] == claims["sub"]);
  CHECK(info["email"] == "a@gmail.test");
}

TEST_CASE("google: the device flow refuses Gmail's scopes, and an assertion that is none is no grant") {
  World world;
  const auto device =
      world.post_form("/device/code", {{"client_id", std::string(kGoogleClientId)}, {"scope", kModify}});
  CHECK(body_of(device)["error"] == "invalid_scope");
  const auto bearer = world.post_form(
      "/token", {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", "x.y.z"}});
  CHECK(body_of(bearer)["error"] == "invalid_grant");
}

TEST_CASE("google: the discovery document names this sandbox's endpoints and Google's issuer") {
  World world;
  const auto document = body_of(world.get("/.well-known/openid-configuration"));
  CHECK(document["issuer"] == "https://accounts.google.com");
  CHECK(document["token_endpoint"] == "http://127.0.0.1:8080/token");
  CHECK(document["response_types_supported"] == nlohmann::json::array({"code"}));
}

}  // namespace mailmgr::sandbox
