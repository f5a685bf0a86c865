#include "core/flow/logout.h"

#include <doctest/doctest.h>

#include "core/flow/disconnect.h"
#include "core/oauth/token_source.h"
#include "tests/flow/login_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

Result<Endpoints> with_revocation(const ProviderConfig& config) {
  auto endpoints = test_endpoints(config);
  if (endpoints) endpoints->revoke = Url::parse("https://login.test/revoke").value();
  return endpoints;
}

// A provider that can be told (google) and one that cannot (microsoft), each with one person logged in.
struct LogoutTest : LoginTest {
  std::unique_ptr<store::MailStore> mail = store::MailStore::open(folder.path(), store::OpenMode::write).value();

  LogoutTest() { specs[0].endpoints = with_revocation; }

  AccountRecord logged_in(const std::string& provider, const std::string& email) {
    set_provider(provider);
    answer_login(email);
    request.provider = provider;
    const auto result = run();
    REQUIRE(result);
    return result->account;
  }
  LogoutWorld logout_world() {
    return {specs,    providers, grants,
            accounts, vault,     leases,
            clock,    random,    [this](const ProviderConfig&) -> HttpClient& { return http; }};
  }
  Result<Revocation> log_out(const AccountRecord& account) {
    return mailmgr::log_out(account, logout_world(), Stop(stop.get_token()));
  }
  Result<Revocation> disconnect(const AccountRecord& account, bool purge = false, bool revoke = false) {
    return disconnect_account({account, purge, revoke}, {logout_world(), mail->sync()}, {});
  }
  AccountRecord shared(const AccountRecord& owner, const std::string& email) {
    AccountRecord account = owner;
    account.name = account.email = email;
    account.via = owner.id;
    account.id = accounts.add(account).value();
    return account;
  }
  AccountRecord organisations(const std::string& email, GrantKind kind = GrantKind::app_only) {
    GrantRecord grant;
    grant.provider = "microsoft";
    grant.kind = kind;
    AccountRecord account;
    account.name = account.email = email;
    account.grant = grants.create(grant).value();
    account.provider = "microsoft";
    account.id = accounts.add(account).value();
    return account;
  }
};

std::size_t last(ScriptedHttp& http) {
  return http.requests().size() - 1;
}

}  // namespace

TEST_CASE("logging out tells the provider, then forgets the tokens, and keeps the account") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  test.http.answer(200, "{}");
  CHECK(test.log_out(account).value() == Revocation::revoked);
  CHECK(test.http.last().url.path == "/revoke");
  CHECK(sent(test.http, last(test.http), "token") == "rt-1");
  const auto grant = test.grant_of(account);
  CHECK(grant.state == GrantState::needs_login);
  CHECK(grant.state_reason == "logged out");
  CHECK(grant.sealed_refresh_token.empty());
  CHECK(grant.sealed_access_token.empty());
  CHECK(test.all().front().state == AccountState::active);
  CHECK(test.log_out(account).value() == Revocation::nothing_held);
}

TEST_CASE("a provider that cannot be told is not called, and the tokens are forgotten all the same") {
  LogoutTest test;
  const auto account = test.logged_in("microsoft", "b@outlook.test");
  const auto before = test.http.requests().size();
  CHECK(test.log_out(account).value() == Revocation::not_offered);
  CHECK(test.http.requests().size() == before);
  CHECK(test.grant_of(account).sealed_refresh_token.empty());
}

TEST_CASE("when the provider cannot be told now, the tokens serve nothing but the next attempt") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  test.http.always([](const HttpRequest&) -> Result<HttpResponse> {
    return Error{Code::unreachable, "connecting to login.test: no route"};
  });
  const auto failed = test.log_out(account);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Code::partial);
  CHECK(failed.error().hint.find("mailmgr logout a@gmail.test") != std::string::npos);
  CHECK(failed.error().message.find("no route") != std::string::npos);
  CHECK(test.grant_of(account).state == GrantState::revoke_pending);
  CHECK(test.refresh_token(account) == "rt-1");

  const auto config = test.providers.find("google").value().value();
  TokenSource source({test.grants, test.vault, test.leases, test.http, test.clock, test.random}, config, test.specs[0],
                     account.grant, account.name);
  const auto before = test.http.requests().size();
  CHECK(source.get({}).error().code == Code::auth_required);
  CHECK(test.http.requests().size() == before);

  test.http.always([](const HttpRequest&) -> Result<HttpResponse> { return HttpResponse{200, {}, "{}"}; });
  CHECK(test.log_out(account).value() == Revocation::revoked);
  CHECK(test.grant_of(account).state == GrantState::needs_login);
}

TEST_CASE("the tokens are out of use before the provider is asked to revoke them") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  GrantState seen = GrantState::active;
  test.http.answer_with([&](const HttpRequest&) -> Result<HttpResponse> {
    seen = test.grant_of(account).state;
    return HttpResponse{200, {}, "{}"};
  });
  REQUIRE(test.log_out(account));
  CHECK(seen == GrantState::revoke_pending);
}

TEST_CASE("tokens are not sent to a host that did not issue them, not even to be revoked") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  auto config = test.providers.find("google").value().value();
  config.base_url = "https://elsewhere.test";
  REQUIRE(test.providers.put(config));
  const auto before = test.http.requests().size();
  CHECK(test.log_out(account).value() == Revocation::not_offered);
  CHECK(test.http.requests().size() == before);
  CHECK(test.grant_of(account).sealed_refresh_token.empty());
}

TEST_CASE("logging in again brings a logged-out account back") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  test.http.answer(200, "{}");
  REQUIRE(test.log_out(account));
  test.answer_login("a@gmail.test", "2");
  const auto again = test.run();
  REQUIRE(again);
  CHECK(again->account.id == account.id);
  CHECK(test.grant_of(account).state == GrantState::active);
  CHECK(test.refresh_token(account) == "rt-2");
}

TEST_CASE("what has no login of its own cannot be logged out of") {
  LogoutTest test;
  const auto owner = test.logged_in("microsoft", "b@outlook.test");
  const auto team = test.shared(owner, "team@contoso.test");
  const auto refused = test.log_out(team);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::refused);
  CHECK(refused.error().message.find("b@outlook.test") != std::string::npos);
  const auto hall = test.organisations("hall@contoso.test");
  CHECK(test.log_out(hall).error().message.find("nobody logged in") != std::string::npos);
}

TEST_CASE("a login that others are reached through is kept until they go, or goes with them") {
  LogoutTest test;
  const auto owner = test.logged_in("microsoft", "b@outlook.test");
  auto team = test.shared(owner, "team@contoso.test");
  const auto refused = check_unused(owner, test.all(), std::vector{owner});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::refused);
  CHECK(refused.error().hint == "first: mailmgr account disconnect team@contoso.test");
  CHECK(check_unused(owner, test.all(), std::vector{owner, team}));
  REQUIRE(test.disconnect(team));
  CHECK(check_unused(owner, test.all(), std::vector{owner}));
  CHECK(test.refresh_token(owner) == "rt-1");  // the owner still works with it
}

TEST_CASE("disconnecting keeps the mail and forgets the tokens; only --revoke calls the provider") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  const auto before = test.http.requests().size();
  CHECK(test.disconnect(account).value() == Revocation::nothing_held);
  CHECK(test.http.requests().size() == before);
  CHECK(test.all().front().state == AccountState::disconnected);
  CHECK_FALSE(test.all().front().is_default);
  CHECK(test.grant_of(account).sealed_refresh_token.empty());

  LogoutTest other;
  const auto revoked = other.logged_in("google", "a@gmail.test");
  other.http.answer(400, R"({"error":"invalid_token"})");
  CHECK(other.disconnect(revoked, false, true).value() == Revocation::revoked);
  CHECK(other.all().front().state == AccountState::disconnected);
}

TEST_CASE("purging waits until the provider was told, when that was asked for too") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  test.http.answer(400, R"({"error":"invalid_request"})");
  const auto failed = test.disconnect(account, true, true);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == Code::partial);
  REQUIRE(test.all().size() == 1);
  CHECK(test.all().front().state == AccountState::disconnected);
  CHECK(test.grant_of(account).state == GrantState::revoke_pending);

  test.http.answer(200, "{}");
  CHECK(test.disconnect(test.all().front(), true, true).value() == Revocation::revoked);
  CHECK(test.all().empty());
  CHECK_FALSE(test.grants.find(account.grant).value());
}

TEST_CASE("an organisation's key outlives the mailboxes that let go of it") {
  LogoutTest test;
  const auto one = test.organisations("one@contoso.test");
  AccountRecord two = one;
  two.name = two.email = "two@contoso.test";
  two.id = test.accounts.add(two).value();
  REQUIRE(test.disconnect(one, true));
  CHECK(test.grants.find(two.grant).value());
  REQUIRE(test.disconnect(two, false, true));
  CHECK(test.grant_of(two).state == GrantState::active);  // whoever connects again needs no person
  REQUIRE(test.disconnect(two, true));
  CHECK_FALSE(test.grants.find(two.grant).value());
}

TEST_CASE("an account that is being synced or sent from is not taken away") {
  LogoutTest test;
  const auto account = test.logged_in("google", "a@gmail.test");
  for (const std::string kind : {"sync-", "outbox-"}) {
    const auto lease = test.leases.take(kind + std::to_string(account.id.value), milliseconds(0), {}).value();
    CHECK(test.disconnect(account, true).error().code == Code::busy);
  }
  CHECK(test.all().size() == 1);
}
