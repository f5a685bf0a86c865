// Service accounts and client certificates at the stand-in's token endpoints.
#include <doctest/doctest.h>

#include "tests/sandbox/jwt.h"
#include "tests/sandbox/key_pair.h"
#include "tests/sandbox/organisation.h"
#include "tests/sandbox_tests/jwt_signer.h"
#include "tests/sandbox_tests/sandbox_world.h"
#include "tests/support/temp_folder.h"

namespace mailmgr::sandbox {
namespace {

using nlohmann::json;

const std::string kModify = "https://www.googleapis.com/auth/gmail.modify";
const std::string kReadonly = "https://www.googleapis.com/auth/gmail.readonly";

const KeyPair& keys() {
  static const auto pair = make_key_pair(from_unix_seconds(1'700'000'000), from_unix_seconds(1'900'000'000));
  return pair;
}

json changed(json claims, const json& changes) {
  for (const auto& [name, value] : changes.items()) {
    if (value.is_null())
      claims.erase(name);
    else
      claims[name] = value;
  }
  return claims;
}

Options with_people() {
  Options options;
  options.accounts = {"a@gmail.test", "google:ada@corp.test", "microsoft:eve@contoso.test"};
  return options;
}

struct GoogleWorld : World {
  GoogleWorld() : World(with_people()) { registered({}); }

  void registered(const json& changes) {
    json service = {{"email", "robot@p.test"},
                    {"public_key", keys().public_pem},
                    {"domain", "corp.test"},
                    {"delegated", {kModify}}};
    control("/clients",
            {{"provider", "google"}, {"client_id", "12345"}, {"service_account", changed(service, changes)}});
  }
  json claims() {
    const auto now = to_unix_seconds(clock.now());
    return {{"iss", "robot@p.test"},
            {"sub", "ada@corp.test"},
            {"scope", kModify},
            {"aud", "https://oauth2.googleapis.com/token"},
            {"iat", now},
            {"exp", now + 600}};
  }
  Response ask(const json& changes = json::object(), const std::string& algorithm = "RS256") {
    return post(signed_jwt(keys().private_pem, {{"alg", algorithm}, {"typ", "JWT"}}, changed(claims(), changes)));
  }
  Response post(const std::string& assertion) {
    return post_form("/token",
                     {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", assertion}});
  }
  // "error: description" of a refusal.
  std::string refusal(const Response& response) {
    const auto body = body_of(response);
    return body.value("error", "none") + ": " + body.value("error_description", "");
  }
};

struct EntraWorld : World {
  EntraWorld() : World(with_people()) {
    control("/clients", {{"provider", "microsoft"},
                         {"client_id", "daemon"},
                         {"certificates", json::array({keys().certificate_pem})},
                         {"app_roles", {"Mail.Read"}}});
  }
  Response ask(const json& changes = json::object(), const json& header = json::object()) {
    const auto now = to_unix_seconds(clock.now());
    const json claims = {{"iss", "daemon"},
                         {"sub", "daemon"},
                         {"jti", "1"},
                         {"nbf", now},
                         {"iat", now},
                         {"exp", now + 600},
                         {"aud", "https://login.microsoftonline.com/contoso.test/oauth2/v2.0/token"}};
    const json plain = {{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", thumbprint_of(keys().certificate_pem)}};
    return post(signed_jwt(keys().private_pem, changed(plain, header), changed(claims, changes)));
  }
  Response post(const std::string& assertion) {
    return post_form("/contoso.test/oauth2/v2.0/token",
                     {{"grant_type", "client_credentials"},
                      {"client_id", "daemon"},
                      {"scope", "https://graph.microsoft.com/.default"},
                      {"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
                      {"client_assertion", assertion}});
  }
  int code(const Response& response) {
    const auto body = body_of(response);
    return body.contains("error_codes") ? body["error_codes"][0].get<int>() : 0;
  }
};

}  // namespace

TEST_CASE("google: a delegated service account gets an access token for a person of its organisation, and no more") {
  GoogleWorld world;
  const auto tokens = body_of(world.ask());
  CHECK(tokens["token_type"] == "Bearer");
  CHECK_FALSE(tokens.contains("refresh_token"));
  CHECK_FALSE(tokens.contains("scope"));
  const auto seen = body_of(world.get("/gmail/v1/users/me/profile", tokens["access_token"].get<std::string>()));
  CHECK(seen["user"] == "ada@corp.test");
  CHECK(seen["scopes"] == json::array({kModify}));
}

TEST_CASE("google: an assertion is refused in Google's words for whatever is wrong with it") {
  GoogleWorld world;
  const auto why = [&](const json& changes) { return world.refusal(world.ask(changes)); };
  CHECK(why({{"iss", "12345"}}) == "invalid_grant: Invalid grant: account not found");
  CHECK(why({{"sub", "nobody@corp.test"}}) == "invalid_grant: Invalid email or User ID");
  CHECK(why({{"aud", "http://127.0.0.1:8080/token"}}) == "invalid_grant: Invalid JWT: Failed audience check.");
  CHECK(why({{"scope", nullptr}}).starts_with("invalid_scope"));
  CHECK(why({{"scope", "nonsense"}}).starts_with("invalid_scope"));
  CHECK(why({{"scope", kReadonly}}).starts_with("unauthorized_client"));
  CHECK(why({{"scope", kModify + " " + kReadonly}}).starts_with("access_denied"));
  CHECK(why({{"sub", "a@gmail.test"}}).starts_with("unauthorized_client"));  // of no organisation
  CHECK(why({{"sub", nullptr}}).starts_with("unauthorized_client"));
  const auto now = to_unix_seconds(world.clock.now());
  for (const json& times : {json{{"exp", now + 3601}}, json{{"iat", now - 7200}, {"exp", now - 3600}},
                            json{{"iat", now + 3600}, {"exp", now + 4200}}, json{{"iat", nullptr}}})
    CHECK(why(times).find("short-lived token") != std::string::npos);
}

TEST_CASE("google: only RS256 with the registered key counts as a signature") {
  GoogleWorld world;
  CHECK(world.refusal(world.ask({}, "PS256")) == "invalid_grant: Invalid JWT Signature.");
  const auto other = make_key_pair(from_unix_seconds(1'700'000'000), from_unix_seconds(1'900'000'000));
  CHECK(world.refusal(world.post(signed_jwt(other.private_pem, {{"alg", "RS256"}}, world.claims()))) ==
        "invalid_grant: Invalid JWT Signature.");
  const auto unsigned_token = base64url(R"({"alg":"none"})") + "." + base64url(world.claims().dump()) + ".";
  CHECK(world.refusal(world.post(unsigned_token)) == "invalid_grant: Invalid JWT Signature.");
  CHECK(world.refusal(world.post("nonsense")).starts_with("invalid_grant"));
  CHECK(world.refusal(world.post("")).starts_with("invalid_request"));
}

TEST_CASE("google: a disabled service account is told so") {
  GoogleWorld world;
  world.registered({{"disabled", true}});
  CHECK(world.refusal(world.ask()).starts_with("disabled_client"));
}

TEST_CASE("microsoft: a registered certificate proves an application") {
  EntraWorld world;
  const auto tokens = body_of(world.ask());
  REQUIRE(tokens.contains("access_token"));
  const auto seen = body_of(world.get("/v1.0/users/eve@contoso.test", tokens["access_token"].get<std::string>()));
  CHECK(seen["app_only"] == true);
  CHECK(world.code(world.ask({{"aud", "https://login.microsoftonline.com/" + tenant_of_domain("contoso.test") +
                                          "/oauth2/v2.0/token"}})) == 0);
  CHECK(world.code(world.ask({}, {{"alg", "RS256"}})) == 0);
}

TEST_CASE("microsoft: an assertion is refused with the number for whatever is wrong with it") {
  EntraWorld world;
  const auto now = to_unix_seconds(world.clock.now());
  CHECK(world.code(world.ask({}, {{"x5t#S256", "someone else's"}})) == 700027);
  CHECK(world.code(world.ask({}, {{"x5t#S256", nullptr}})) == 700027);
  CHECK(world.code(world.ask({{"aud", "http://127.0.0.1:8080/contoso.test/oauth2/v2.0/token"}})) == 700023);
  CHECK(world.code(world.ask({{"sub", "other"}})) == 700021);
  CHECK(world.code(world.ask({{"exp", now - 600}, {"nbf", now - 1200}})) == 700024);
  CHECK(world.code(world.ask({{"nbf", now + 1200}, {"exp", now + 1800}})) == 700024);
  CHECK(world.code(world.post("nonsense")) == 50027);
  const auto other = make_key_pair(from_unix_seconds(1'700'000'000), from_unix_seconds(1'900'000'000));
  CHECK(world.code(world.post(signed_jwt(other.private_pem,
                                         {{"alg", "PS256"}, {"x5t#S256", thumbprint_of(keys().certificate_pem)}},
                                         json::object()))) == 700027);
}

TEST_CASE("microsoft: with a certificate a client is confidential, and a secret it has not got is wrong") {
  EntraWorld world;
  const auto refresh = [&](QueryParams more) {
    more.insert(more.begin(), {{"grant_type", "refresh_token"}, {"client_id", "daemon"}, {"refresh_token", "x"}});
    return world.code(world.post_form("/contoso.test/oauth2/v2.0/token", more));
  };
  CHECK(refresh({}) == 7000218);
  CHECK(refresh({{"client_secret", "guess"}}) == 7000215);
}

TEST_CASE("every answer carries the server's date") {
  World world;
  const auto response = world.get("/o/oauth2/v2/auth");
  const auto date = std::find_if(response.headers.begin(), response.headers.end(),
                                 [](const auto& header) { return header.first == "Date"; });
  REQUIRE(date != response.headers.end());
  CHECK(date->second == "Mon, 21 Sep 2026 14:13:20 GMT");
}

TEST_CASE("an organisation to try comes with credentials that only their owner can read") {
  const TempFolder folder;
  Options options;
  add_organisation(options, folder.file("keys"), from_unix_seconds(1'790'000'000));
  namespace fs = std::filesystem;
  for (const auto* name : {"service-account.json", "client-certificate.pem"}) {
    const auto path = fs::path(folder.file("keys")) / name;
    REQUIRE(fs::exists(path));
    CHECK((fs::status(path).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  }
  const World world(options);
  const auto commands = organisation_commands(folder.file("keys"), "http://127.0.0.1:1");
  CHECK(commands.find("--service-account") != std::string::npos);
  CHECK(commands.find("--app-only") != std::string::npos);
}

}  // namespace mailmgr::sandbox
