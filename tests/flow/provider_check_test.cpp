// `provider test` against both providers' stand-in, and against answers as the providers document them.
#include "core/flow/provider_check.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/oauth/client.h"
#include "tests/providers/fixture.h"
#include "tests/vault/vault_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using Verdict = ProviderCheck::Verdict;

namespace {

constexpr ProviderKind kProviders[] = {ProviderKind::google, ProviderKind::microsoft};

struct CheckTest {
  explicit CheckTest(ProviderKind kind, sandbox::Options options = {})
      : config(sandbox_provider(kind)), sandbox(options, clock), sandbox_http(sandbox), http(&sandbox_http) {
    if (kind == ProviderKind::google) secret(sandbox::kGoogleClientSecret);
  }

  void secret(std::string_view text) {
    config.sealed_client_secret =
        vault.seal(Secret(text), client_secret_context(config.name, config.client_id)).value();
  }
  std::vector<ProviderCheck> run() {
    return check_provider_setup(config, {provider_specs(), vault, *http, clock, random, mailbox}, {}).value();
  }

  ProviderConfig config;
  MemoryKeys keys;
  MemoryVaultStore vault_store;
  FakeClock clock;
  SeededRandom random;
  Vault vault{keys, vault_store, random};
  sandbox::Sandbox sandbox;
  SandboxHttp sandbox_http;
  ScriptedHttp scripted;
  HttpClient* http;
  std::string mailbox;
};

const ProviderCheck& named(const std::vector<ProviderCheck>& checks, std::string_view name) {
  const auto found =
      std::find_if(checks.begin(), checks.end(), [&](const ProviderCheck& check) { return check.name == name; });
  REQUIRE_MESSAGE(found != checks.end(), std::string(name));
  return *found;
}

std::string hint_of(const std::vector<ProviderCheck>& checks, std::string_view name) {
  const auto& check = named(checks, name);
  REQUIRE(check.verdict == Verdict::bad);
  return check.error->hint;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

HttpResponse page(std::string body, int status = 200) {
  return {status, {{"Content-Type", "text/html"}}, std::move(body)};
}

// A provider that answers each of the three requests from the given responses.
void script(CheckTest& test, HttpResponse login, HttpResponse token, HttpResponse api) {
  test.http = &test.scripted;
  test.config.base_url.clear();
  test.scripted.always([=](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.method == "POST") return token;
    return contains(request.url.path, "auth") ? login : api;
  });
}

const HttpResponse kInvalidGrant{400, {}, R"({"error":"invalid_grant","error_description":"Malformed auth code."})"};
const HttpResponse kUnauthenticated{401, {}, R"({"error":{"code":401,"status":"UNAUTHENTICATED"}})"};

}  // namespace

TEST_CASE("a set-up that works passes every check, with or without consent given by itself") {
  for (const bool auto_consent : {false, true}) {
    for (const auto kind : kProviders) {
      CAPTURE(to_string(kind));
      sandbox::Options options;
      options.auto_consent = auto_consent;
      CheckTest test(kind, options);
      const auto checks = test.run();
      std::vector<std::string_view> names;
      for (const auto& check : checks) {
        names.push_back(check.name);
        CHECK_MESSAGE(check.verdict == Verdict::good, check.message);
      }
      CHECK(names == std::vector<std::string_view>{"settings", "login_host", "redirect", "client", "api"});
      CHECK(outcome(checks));
    }
  }
}

TEST_CASE("every host is checked once where the provider has several") {
  CheckTest test(ProviderKind::google);
  script(test, page("sign in"), kInvalidGrant, kUnauthenticated);
  const auto checks = test.run();
  CHECK(named(checks, "login_host").message == "https://accounts.google.com");
  CHECK(named(checks, "token_host").message == "https://oauth2.googleapis.com");
  CHECK(named(checks, "api_host").message == "https://gmail.googleapis.com");
}

TEST_CASE("a wrong client id names the console's list of clients") {
  for (const auto kind : kProviders) {
    CheckTest test(kind);
    test.config.client_id = "nobody";
    if (kind == ProviderKind::google) test.secret("x");
    const auto checks = test.run();
    const std::string place = kind == ProviderKind::google ? "Google Auth Platform > Clients" : "App registrations";
    CHECK(contains(hint_of(checks, "redirect"), place));
    CHECK(contains(hint_of(checks, "client"), place));
    CHECK(outcome(checks).error().code == Code::config);
  }
}

TEST_CASE("a wrong client secret is told apart from a wrong id, and never shown") {
  CheckTest test(ProviderKind::google);
  test.secret("c4nary");
  const auto checks = test.run();
  CHECK(named(checks, "redirect").verdict == Verdict::good);
  CHECK(contains(hint_of(checks, "client"), "Clients > the client > Client secrets"));
  for (const auto& check : checks) {
    CHECK_FALSE(contains(check.message, "c4nary"));
    if (check.error) CHECK_FALSE(contains(check.error->message + check.error->hint, "c4nary"));
  }
}

TEST_CASE("a client that needs a secret and has none, and the other way round") {
  CheckTest google(ProviderKind::google);
  google.config.sealed_client_secret.clear();
  CHECK(contains(hint_of(google.run(), "settings"), "--client-secret-file"));

  CheckTest microsoft(ProviderKind::microsoft);
  microsoft.secret("x");
  CHECK(contains(hint_of(microsoft.run(), "client"), "--client-secret ''"));
}

TEST_CASE("a web client is tried with its registered redirect URI, character for character") {
  for (const auto kind : kProviders) {
    sandbox::OAuthClient web;
    web.provider = kind == ProviderKind::google ? sandbox::Provider::google : sandbox::Provider::microsoft;
    web.id = "web-1";
    web.secret = "web-secret";
    web.web = true;
    web.redirect_uris = {"http://localhost:8080/cb"};
    sandbox::Options options;
    options.clients = {web};
    CheckTest test(kind, options);
    test.config.client_id = "web-1";
    test.config.redirect_uri = "http://localhost:8080/cb";
    test.secret("web-secret");
    CHECK(outcome(test.run()));
    test.config.redirect_uri = "http://localhost:8080/other";
    const auto checks = test.run();
    CHECK(contains(hint_of(checks, "redirect"),
                   kind == ProviderKind::google ? "Authorized redirect URIs" : "Authentication"));
    CHECK(named(checks, "client").verdict == Verdict::good);
  }
}

TEST_CASE("a tenant nobody has is named as such") {
  CheckTest test(ProviderKind::microsoft);
  test.config.tenant = "nowhere.example";
  CHECK(contains(hint_of(test.run(), "redirect"), "--tenant TENANT"));
}

TEST_CASE("what cannot be told is not called good") {
  CheckTest test(ProviderKind::google);
  script(test, page("<html>Sign in</html>"), kInvalidGrant, kUnauthenticated);
  const auto checks = test.run();
  CHECK(named(checks, "redirect").verdict == Verdict::unknown);
  CHECK(outcome(checks));

  CheckTest entra(ProviderKind::microsoft);
  script(entra, page("sign in"),
         {400,
          {},
          R"({"error":"invalid_grant","error_description":"AADSTS9002313: Invalid request. Malformed.",)"
          R"("error_codes":[9002313]})"},
         kUnauthenticated);
  CHECK(named(entra.run(), "client").verdict == Verdict::unknown);
}

TEST_CASE("documented refusals lead to the setting that is wrong") {
  struct Refusal {
    ProviderKind kind;
    HttpResponse login, token;
    std::string_view check, hint;
    Code code;
  };
  const auto entra = [](int number) {
    return HttpResponse{401,
                        {},
                        R"({"error":"invalid_client","error_description":"AADSTS)" + std::to_string(number) +
                            R"(: no","error_codes":[)" + std::to_string(number) + "]}"};
  };
  const auto ok = page("sign in");
  for (const auto& refusal : std::vector<Refusal>{
           {ProviderKind::google, page("Error 400: redirect_uri_mismatch", 400), kInvalidGrant, "redirect",
            "Authorized redirect URIs", Code::config},
           {ProviderKind::google, page("Error 401: deleted_client", 401), kInvalidGrant, "redirect",
            "Google Auth Platform > Clients", Code::config},
           {ProviderKind::google, page("Error 400: invalid_scope", 400), kInvalidGrant, "redirect",
            "Google Auth Platform > Data access", Code::config},
           {ProviderKind::google, page("Error 403: org_internal", 403), kInvalidGrant, "redirect",
            "Google Auth Platform > Audience", Code::refused},
           {ProviderKind::google, page("Error 400: admin_policy_enforced", 400), kInvalidGrant, "redirect",
            "API controls", Code::refused},
           {ProviderKind::microsoft, page("AADSTS50011: The redirect URI"), kInvalidGrant, "redirect",
            "Mobile and desktop applications", Code::config},
           {ProviderKind::microsoft, ok, entra(7000215), "client", "Certificates & secrets", Code::config},
           {ProviderKind::microsoft, ok, entra(7000222), "client", "Certificates & secrets", Code::config},
           {ProviderKind::microsoft, ok, entra(7000218), "client", "Mobile and desktop applications", Code::config},
           {ProviderKind::microsoft, ok, entra(700016), "client", "--tenant TENANT", Code::config}}) {
    CAPTURE(refusal.hint);
    CheckTest test(refusal.kind);
    script(test, refusal.login, refusal.token, kUnauthenticated);
    const auto checks = test.run();
    CHECK(contains(hint_of(checks, refusal.check), refusal.hint));
    CHECK(outcome(checks).error().code == refusal.code);
  }
}

TEST_CASE("an API that is not the one that is meant, not enabled, or open to everybody fails") {
  CheckTest disabled(ProviderKind::google);
  script(disabled, page("x"), kInvalidGrant,
         {403, {}, R"({"error":{"code":403,"errors":[{"reason":"accessNotConfigured"}],"message":"off"}})"});
  CHECK(contains(hint_of(disabled.run(), "api"), "APIs & Services > Library > Gmail API"));

  for (const auto& answer :
       {HttpResponse{404, {}, "no"}, HttpResponse{200, {}, R"({"emailAddress":"a@b.test","historyId":"7"})"}}) {
    CheckTest other(ProviderKind::google);
    script(other, page("x"), kInvalidGrant, answer);
    CHECK(contains(hint_of(other.run(), "api"), "--api-url"));
  }
}

TEST_CASE("a network that is down is told once per host, and no setting is blamed") {
  CheckTest test(ProviderKind::microsoft);
  test.http = &test.scripted;
  test.scripted.always([](const HttpRequest&) -> Result<HttpResponse> {
    return Error{Code::unreachable, "connecting to 127.0.0.1: refused", ""};
  });
  const auto checks = test.run();
  REQUIRE(checks.size() == 2);
  CHECK(contains(hint_of(checks, "login_host"), "check the network"));
  CHECK(exit_class(outcome(checks).error().code).exit_code == 8);
  CHECK(test.scripted.requests().size() == 1);
}

TEST_CASE("a provider in trouble is exit 8, a wrong setting counts more") {
  CheckTest test(ProviderKind::google);
  script(test, page("x"), {503, {}, ""}, kUnauthenticated);
  CHECK(exit_class(outcome(test.run()).error().code).exit_code == 8);
  script(test, page("Error 401: invalid_client", 401), {503, {}, ""}, kUnauthenticated);
  CHECK(exit_class(outcome(test.run()).error().code).exit_code == 3);
}

TEST_CASE("an application's secret is tried for a token, and no login is asked for") {
  CheckTest test(ProviderKind::microsoft);
  test.config.grants = GrantKind::app_only;
  test.http = &test.scripted;
  test.scripted.always([](const HttpRequest& request) -> Result<HttpResponse> {
    if (request.body.find("client_credentials") == std::string::npos) return HttpResponse{401, {}, ""};
    return HttpResponse{200, {}, R"({"token_type":"Bearer","expires_in":3599,"access_token":"c4nary"})"};
  });
  const auto good = test.run();
  CHECK(named(good, "token").verdict == Verdict::good);
  for (const auto& check : good) CHECK_FALSE(contains(check.message, "c4nary"));
  for (const auto& request : test.scripted.requests()) CHECK_FALSE(contains(request.url.str(), "authorize"));

  test.scripted.always([](const HttpRequest&) -> Result<HttpResponse> {
    return HttpResponse{401, {}, R"({"error":"invalid_client","error_description":"AADSTS7000215: wrong."})"};
  });
  CHECK(contains(hint_of(test.run(), "token"), "--client-secret-file"));
}

TEST_CASE("a service account can be tried only where some mailbox is known") {
  CheckTest test(ProviderKind::google);
  test.config.grants = GrantKind::service_account;
  CHECK(named(test.run(), "token").verdict == Verdict::unknown);
}

TEST_CASE("a secret that cannot be opened is a matter of the key, and nothing is asked of the provider") {
  CheckTest test(ProviderKind::google);
  test.http = &test.scripted;
  test.keys.key.reset();
  Vault locked(test.keys, test.vault_store, test.random);
  const auto checks =
      check_provider_setup(test.config, {provider_specs(), locked, *test.http, test.clock, test.random}, {}).value();
  CHECK(named(checks, "settings").error->code == Code::config);
  CHECK(test.scripted.requests().empty());
}

TEST_CASE("the question is asked in silence, with PKCE, and the code it sends is none of anybody's") {
  CheckTest test(ProviderKind::google);
  script(test, page("x"), kInvalidGrant, kUnauthenticated);
  test.run();
  const auto requests = test.scripted.requests();
  const auto query = decode_query(requests.at(0).url.query).value();
  const auto param = [&](std::string_view name) {
    std::vector<std::string> found;
    for (const auto& [key, value] : query) {
      if (key == name) found.push_back(value);
    }
    return found;
  };
  CHECK(param("prompt") == std::vector<std::string>{"none"});
  CHECK(param("code_challenge_method") == std::vector<std::string>{"S256"});
  CHECK(param("redirect_uri").at(0).starts_with("http://127.0.0.1:"));
  CHECK(contains(requests.at(1).body, "code=mailmgr-provider-test"));
}
