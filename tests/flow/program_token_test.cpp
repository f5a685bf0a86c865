#include "core/flow/program_token.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "tests/flow/login_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

struct TokenTest : LoginTest {
  AccountRecord account;

  explicit TokenTest(const std::string& provider, std::set<std::string> with = {}, const std::string& scope = "") {
    set_provider(provider);
    request.provider = provider;
    request.with = std::move(with);
    answer_login("a@b.test", "1", scope.empty() ? "" : R"(,"scope":")" + scope + "\"");
    const auto result = run();
    REQUIRE(result);
    account = result->account;
  }
  Result<ValidToken> token(TokenUse use) {
    const auto config = providers.find(account.provider).value().value();
    const auto& spec = specs[config.kind == ProviderKind::google ? 0 : 1];
    TokenSource source({grants, vault, leases, http, clock, random}, config, spec, account.grant, account.name);
    return program_token(account, grant_of(account), use, spec, source, {});
  }
};

}  // namespace

TEST_CASE("a token for the API is the one mailmgr uses itself, with its end") {
  TokenTest test("google");
  const auto token = test.token(TokenUse::api);
  REQUIRE(token);
  CHECK(token->token.reveal() == "at-1");
  CHECK(token->expires == test.clock.now() + std::chrono::hours(1));
}

TEST_CASE("where servers and API take the same token, the permission is all that matters") {
  TokenTest test("google", {"imap"}, "mail.modify https://servers.test/imap");
  CHECK(test.token(TokenUse::imap)->token.reveal() == "at-1");
  const auto refused = test.token(TokenUse::smtp);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::auth_required);
  CHECK(refused.error().hint == "mailmgr login --account a@b.test --with imap");
}

TEST_CASE("a login to API and servers exchanges its code for the API, and asks for the servers' token alone") {
  TokenTest test("microsoft", {"imap"}, "mail.modify");
  CHECK(sent(test.http, 0, "scope") == "mail.modify offline_access");
  CHECK(test.grant_of(test.account).scopes.contains("https://servers.test/imap"));
  test.answer_tokens("2");
  const auto token = test.token(TokenUse::imap);
  REQUIRE(token);
  CHECK(token->token.reveal() == "at-2");
  CHECK(sent(test.http, 2, "scope") == "https://servers.test/imap offline_access");
  CHECK(test.refresh_token(test.account) == "rt-2");
}

TEST_CASE("a consent that was withdrawn for the servers names the login that gives it") {
  TokenTest test("microsoft", {"imap"}, "mail.modify");
  test.http.answer(400, R"({"error":"invalid_grant","error_codes":[65001]})");
  const auto refused = test.token(TokenUse::imap);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::auth_required);
  CHECK(refused.error().hint == "mailmgr login --account a@b.test --with imap");
  CHECK(test.grant_of(test.account).state == GrantState::active);
}

TEST_CASE("an app-only key has no tokens for mail servers") {
  TokenTest test("microsoft");
  auto grant = test.grant_of(test.account);
  grant.kind = GrantKind::app_only;
  REQUIRE(test.grants.update(grant).value());
  CHECK(test.token(TokenUse::smtp).error().code == Code::refused);
}

TEST_CASE("the XOAUTH2 response holds user and token between control characters") {
  const std::string decoded = base64_decode(xoauth2("a@b.test", Secret("t0ken"))).value();
  CHECK(decoded ==
        "user=a@b.test\x01"
        "auth=Bearer t0ken\x01\x01");
}
