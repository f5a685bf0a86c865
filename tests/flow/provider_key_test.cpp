// Private keys of providers: taken into the vault once, and out again when they fit no more.
#include "core/flow/provider_key.h"

#include <doctest/doctest.h>

#include "tests/flow/login_world.h"
#include "tests/oauth/key_files.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct KeyTest : LoginTest {
  ProviderChange change;

  explicit KeyTest(const std::string& name) { change.name = name; }

  Result<ProviderSetup> set() {
    auto result = mailmgr::set_provider(change, setup_world());
    const std::string name = change.name;
    change = {};
    change.name = name;
    return result;
  }
  std::string refusal() {
    const auto result = set();
    REQUIRE_FALSE(result);
    CHECK(result.error().code == Code::usage);
    return result.error().message + " / " + result.error().hint;
  }
  ProviderConfig stored() { return providers.find(change.name).value().value(); }
  std::string key() {
    const ProviderConfig config = stored();
    if (config.sealed_private_key.empty()) return "(none)";
    const auto opened = vault.open(config.sealed_private_key, private_key_context(config.name, config.client_id));
    return opened ? std::string(opened->reveal()) : "(damaged)";
  }
  void service_account(const std::string& client_id = "1234567890", const std::string& key_id = "key-1") {
    auto file = service_account_json();
    file["client_id"] = client_id;
    file["private_key_id"] = key_id;
    change.service_account = Secret(file.dump());
  }
  void application() {
    change.client_id = "client-1";
    change.tenant = "contoso.test";
    change.app_only = true;
    change.client_certificate = Secret(test_keys().private_pem + test_keys().certificate_pem);
  }
  // An account with a live grant of the provider as it is set now.
  GrantId connected(const std::string& email) {
    const ProviderConfig config = stored();
    GrantRecord grant;
    grant.provider = config.name;
    grant.kind = config.grants;
    grant.client_id = config.client_id;
    grant.sealed_access_token = "sealed";
    grant.access_expires = clock.now();
    const GrantId id = grants.create(grant).value();
    AccountRecord account;
    account.name = account.email = email;
    account.provider = config.name;
    account.grant = id;
    REQUIRE(accounts.add(account));
    return id;
  }
  bool warned(const ProviderSetup& setup, std::string_view part) {
    return std::any_of(setup.warnings.begin(), setup.warnings.end(),
                       [&](const std::string& text) { return text.find(part) != std::string::npos; });
  }
};

}  // namespace

TEST_CASE("a service account's key is copied into the vault, and its ids are kept beside it") {
  KeyTest test("google");
  test.service_account();
  const auto setup = test.set();
  REQUIRE(setup);
  CHECK(setup->warnings.empty());  // no secret is missed
  const ProviderConfig config = test.stored();
  CHECK(config.grants == GrantKind::service_account);
  CHECK(config.client_id == "1234567890");
  CHECK(config.key_id == "key-1");
  CHECK(config.key_issuer == "mailmgr@p.iam.gserviceaccount.com");
  CHECK(test.key() == test_keys().private_pem);
  CHECK(config.sealed_private_key.find("PRIVATE KEY") == std::string::npos);
}

TEST_CASE("a certificate is copied with its thumbprint, with and without --app-only") {
  KeyTest test("contoso");
  test.change.kind = ProviderKind::microsoft;
  test.application();
  REQUIRE(test.set());
  CHECK(test.stored().grants == GrantKind::app_only);
  CHECK(test.stored().key_id.size() == 43);
  CHECK(test.key() == test_keys().private_pem);
  test.change.app_only = false;
  REQUIRE(test.set());
  CHECK(test.stored().grants == GrantKind::oauth_code);
  CHECK(test.key() == test_keys().private_pem);  // logins of a confidential client use it too
}

TEST_CASE("an application needs one organisation and a proof") {
  for (const std::string tenant : {"", "common", "organizations", "consumers"}) {
    KeyTest test("microsoft");
    test.application();
    test.change.tenant = tenant;
    CHECK(test.refusal().find("--tenant") != std::string::npos);
  }
  KeyTest test("microsoft");
  test.application();
  test.change.client_certificate.reset();
  CHECK(test.refusal().find("--client-certificate") != std::string::npos);
  test.application();
  test.change.client_certificate.reset();
  test.change.client_secret = Secret("s3cret");
  CHECK(test.set());
}

TEST_CASE("options that do not go together are refused before anything is written") {
  KeyTest google("google");
  google.service_account();
  google.change.client_id = "x";
  CHECK(google.refusal().find("--service-account") != std::string::npos);
  google.change.app_only = true;
  CHECK(google.refusal().find("--app-only is Microsoft's") != std::string::npos);
  google.change.client_certificate = Secret("x");
  CHECK(google.refusal().find("--client-certificate is Microsoft's") != std::string::npos);
  KeyTest microsoft("microsoft");
  microsoft.service_account();
  CHECK(microsoft.refusal().find("--service-account is Google's") != std::string::npos);
  microsoft.application();
  microsoft.change.client_secret = Secret("s3cret");
  CHECK(microsoft.refusal().find("which one") != std::string::npos);
  CHECK(microsoft.providers.list().value().empty());
}

TEST_CASE("a key and a secret replace one another, and each goes with the client id it belonged to") {
  KeyTest test("microsoft");
  test.change.client_id = "client-1";
  test.change.client_secret = Secret("s3cret");
  REQUIRE(test.set());
  test.change.client_certificate = Secret(test_keys().private_pem + test_keys().certificate_pem);
  CHECK(test.warned(test.set().value(), "replaces the client secret"));
  CHECK_FALSE(test.stored().has_client_secret());

  test.change.client_secret = Secret("s3cret");
  CHECK(test.warned(test.set().value(), "certificate was removed"));
  CHECK(test.key() == "(none)");
  CHECK(test.stored().key_id.empty());

  test.change.client_certificate = Secret(test_keys().private_pem + test_keys().certificate_pem);
  REQUIRE(test.set());
  test.change.client_id = "client-2";
  CHECK(test.warned(test.set().value(), "old client id"));
  CHECK(test.key() == "(none)");
}

TEST_CASE("a provider that serves an organisation goes back to logins with another client") {
  KeyTest test("google");
  test.service_account();
  REQUIRE(test.set());
  test.change.client_id = "client-1";
  REQUIRE(test.set());
  CHECK(test.stored().grants == GrantKind::oauth_code);
  CHECK(test.key() == "(none)");
}

TEST_CASE("another kind of grant and another service account cut the accounts off and name them") {
  KeyTest test("google");
  test.change.client_id = "client-1";
  test.change.client_secret = Secret("s3cret");
  REQUIRE(test.set());
  const GrantId login = test.connected("ada@corp.test");
  test.service_account();
  CHECK(test.set().value().need_login == std::vector<std::string>{"ada@corp.test"});
  CHECK(test.grants.find(login).value()->state == GrantState::needs_login);
  CHECK(test.grants.find(login).value()->state_reason.find("without logins") != std::string::npos);

  const GrantId service = test.connected("bob@corp.test");
  test.service_account("999");
  CHECK(test.set().value().need_login.size() == 2);
  CHECK(test.grants.find(service).value()->state == GrantState::needs_login);
}

TEST_CASE("a new key of the same service account keeps the accounts and has to prove itself at once") {
  KeyTest test("google");
  test.service_account();
  REQUIRE(test.set());
  const GrantId id = test.connected("ada@corp.test");
  test.service_account("1234567890", "key-2");
  CHECK(test.set().value().need_login.empty());
  const GrantRecord grant = test.grants.find(id).value().value();
  CHECK(grant.state == GrantState::active);
  CHECK(grant.sealed_access_token.empty());
}

TEST_CASE("a certificate that ends soon is mentioned") {
  KeyTest test("microsoft");
  test.clock.set_wall_clock("2026-12-15T00:00:00Z");
  test.application();
  CHECK(test.warned(test.set().value(), "the certificate expires 2027-01-01"));
}

TEST_CASE("nobody logs in to a provider that serves an organisation") {
  KeyTest test("google");
  test.service_account();
  REQUIRE(test.set());
  const auto result = test.run();
  CHECK(result.error().code == Code::usage);
  CHECK(result.error().hint == "mailmgr account connect EMAIL --provider google");
  CHECK(test.browser.opened().empty());
}
