// What a provider answers to an organisation's credential, as an administrator reads it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/oauth/token_client.h"
#include "tests/oauth/key_files.h"
#include "tests/oauth/oauth_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

struct World {
  FakeClock clock;
  SeededRandom random;
  ScriptedHttp http;
  OAuthClient client;

  explicit World(ProviderKind kind) : client(test_client(kind)) {
    client.client_secret.reset();
    client.client_id = "1234567890";
    client.key = SigningKey::read(Secret(test_keys().private_pem), "key-1").value();
    client.key_issuer = "mailmgr@p.iam.gserviceaccount.com";
    client.endpoints.admin_consent = Url::parse("https://login.test/contoso/adminconsent").value();
  }
  Result<TokenSet> ask() {
    TokenClient endpoint(http, clock, random, client);
    return client.kind == ProviderKind::google ? endpoint.act_for("ada@corp.test", {"scope-a", "scope-b"}, 30s, Stop())
                                               : endpoint.act_alone(30s, Stop());
  }
  Error refusal(int status, std::string_view error, std::string_view description, HttpHeaders headers = {}) {
    http.answer(status, fmt::format(R"({{"error":"{}","error_description":"{}"}})", error, description),
                std::move(headers));
    const auto tokens = ask();
    REQUIRE_FALSE(tokens);
    CHECK(tokens.error().code != Code::auth_required);  // no login helps
    return tokens.error();
  }
};

bool says(const std::string& text, std::string_view part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("google: a service account proves itself by the assertion alone") {
  World world(ProviderKind::google);
  world.http.answer(200, R"({"access_token":"at","expires_in":3599,"token_type":"Bearer"})");
  REQUIRE(world.ask());
  CHECK(sent(world.http, 0, "grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer");
  CHECK(sent(world.http, 0, "assertion").starts_with("eyJ"));
  CHECK(sent(world.http, 0, "client_id") == "(none)");
  CHECK(sent(world.http, 0, "client_assertion") == "(none)");
}

TEST_CASE("microsoft: a certificate's assertion stands in for the secret on every call") {
  World world(ProviderKind::microsoft);
  world.client.client_secret = Secret("s3cret");
  world.http.always([](const HttpRequest&) -> Result<HttpResponse> {
    return HttpResponse{200, {}, R"({"access_token":"at","expires_in":3599,"token_type":"Bearer"})"};
  });
  TokenClient endpoint(world.http, world.clock, world.random, world.client);
  REQUIRE(endpoint.act_alone(30s, Stop()));
  REQUIRE(endpoint.refresh(Secret("rt-1"), 30s, Stop()));
  REQUIRE(endpoint.exchange(Secret("code"), "http://localhost:5", Secret("verifier"), 30s, Stop()));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(sent(world.http, i, "client_assertion_type") == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    CHECK(sent(world.http, i, "client_assertion").starts_with("eyJ"));
    CHECK(sent(world.http, i, "client_id") == "1234567890");
    CHECK(sent(world.http, i, "client_secret") == "(none)");
  }
  CHECK(sent(world.http, 0, "grant_type") == "client_credentials");
  CHECK(sent(world.http, 0, "scope") == "https://api.test/.default");
}

TEST_CASE("google: a missing delegation is answered with the place, the numeric id and the exact scopes") {
  World world(ProviderKind::google);
  for (const std::string_view error : {"unauthorized_client", "access_denied"}) {
    const Error refused =
        world.refusal(401, error, "Client is unauthorized to retrieve access tokens using this method.");
    CHECK(refused.code == Code::refused);
    CHECK(says(refused.hint, "admin.google.com"));
    CHECK(says(refused.hint, "client ID 1234567890, OAuth scopes scope-a,scope-b"));
  }
}

TEST_CASE("google: an address that is nobody's, a dead key and a disabled account each say what to change") {
  World world(ProviderKind::google);
  const Error nobody = world.refusal(400, "invalid_grant", "Invalid email or User ID");
  CHECK(nobody.code == Code::refused);
  CHECK(says(nobody.message, "no mailbox ada@corp.test"));

  const Error key = world.refusal(400, "invalid_grant", "Invalid JWT Signature.");
  CHECK(key.code == Code::config);
  CHECK(says(key.hint, "mailmgr provider set google --service-account KEY.json"));
  CHECK(says(key.hint, "mailmgr@p.iam.gserviceaccount.com"));

  const Error disabled = world.refusal(401, "disabled_client", "The OAuth client was disabled.");
  CHECK(disabled.code == Code::config);
  CHECK(says(disabled.hint, "Enable"));
  CHECK(says(world.refusal(400, "invalid_grant", "Invalid grant: account not found").message, "deleted"));
  CHECK(world.refusal(400, "invalid_grant", "Bad Request").code == Code::config);
}

TEST_CASE("an assertion out of its time says by how much the clock is wrong") {
  World google(ProviderKind::google);  // it is 2026-01-31T09:15:00Z here
  const std::string text =
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and "
      "exp "
      "values in the JWT claim.";
  const auto at = [&](std::string_view date) {
    return google.refusal(400, "invalid_grant", text, {{"Date", std::string(date)}});
  };
  CHECK(says(at("Sat, 31 Jan 2026 10:15:00 GMT").message, "the clock of this machine is wrong by 3600 s (behind)"));
  CHECK(says(at("Sat, 31 Jan 2026 08:15:00 GMT").message, "the clock of this machine is wrong by 3600 s (ahead)"));
  CHECK(at("Sat, 31 Jan 2026 08:15:00 GMT").code == Code::config);
  CHECK(says(at("Sat, 31 Jan 2026 09:15:10 GMT").message, "may be wrong"));
  CHECK(says(at("nonsense").message, "may be wrong"));

  World microsoft(ProviderKind::microsoft);
  const Error entra =
      microsoft.refusal(401, "invalid_client", "AADSTS700024: Client assertion is not within its valid time range.",
                        {{"Date", "Sat, 31 Jan 2026 09:25:00 GMT"}});
  CHECK(says(entra.message, "wrong by 600 s (behind)"));
}

TEST_CASE("microsoft: each way in which an application is not let in says what to change") {
  World world(ProviderKind::microsoft);
  const auto entra = [&](int number, std::string_view error = "invalid_client") {
    return world.refusal(401, error, fmt::format("AADSTS{}: something.", number));
  };
  CHECK(says(entra(700027).hint, "Certificates & secrets"));
  CHECK(says(entra(7000215).hint, "--client-secret-file"));
  CHECK(says(entra(9001023, "invalid_request").hint, "mailmgr provider set microsoft --tenant TENANT_ID"));
  const Error unknown = entra(7000229, "unauthorized_client");
  CHECK(unknown.code == Code::refused);
  CHECK(says(unknown.hint, "https://login.test/contoso/adminconsent?client_id=1234567890"));
  CHECK(entra(53003, "access_denied").code == Code::refused);
  CHECK(entra(700016, "unauthorized_client").code == Code::config);
}

TEST_CASE("an answer that repeats the assertion is not shown") {
  World world(ProviderKind::google);
  world.http.answer_with([](const HttpRequest& request) -> Result<HttpResponse> {
    const auto form = decode_query(request.body).value();
    return HttpResponse{400, {}, R"({"error":"invalid_grant","error_description":"bad: )" + form[1].second + "\"}"};
  });
  const Error error = world.ask().error();
  CHECK(error.message.find("eyJ") == std::string::npos);
}
