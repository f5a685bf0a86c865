#include "core/flow/login.h"

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/oauth/pkce.h"
#include "tests/flow/login_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

TEST_CASE("a login ends with an account that is ready to sync") {
  LoginTest test;
  test.set_provider("google");
  test.answer_login("Ann@b.test");
  const auto result = test.run();
  REQUIRE(result);
  CHECK(result->account.name == "Ann@b.test");
  CHECK(result->account.email == "Ann@b.test");
  CHECK(result->account.provider == "google");
  CHECK(result->account.state == AccountState::active);
  CHECK(result->missing_scopes.empty());
  CHECK_FALSE(result->forecast.expires.has_value());

  REQUIRE(test.all().size() == 1);
  const AccountRecord account = test.all()[0];
  CHECK(account.is_default);
  CHECK(account.connected == test.clock.now());
  CHECK(test.refresh_token(account) == "rt-1");
  const GrantRecord grant = test.grant_of(account);
  CHECK(grant.scopes.contains("mail.modify"));
  CHECK(grant.origins == "https://login.test https://api.test");
  CHECK(grant.access_expires == test.clock.now() + 1h);
}

TEST_CASE("the URL is shown first, carries the listener's port, and proves the exchange") {
  LoginTest test;
  test.set_provider("google");
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  REQUIRE(test.prompts.size() == 1);
  CHECK(test.prompts[0].port == 40'001);
  CHECK(test.prompts[0].redirect_uri == "http://127.0.0.1:40001/cb/google");
  REQUIRE(test.browser.opened().size() == 1);
  CHECK(test.browser.opened()[0].str() == test.prompts[0].url.str());

  const QueryParams asked = decode_query(test.prompts[0].url.query).value();
  CHECK(param(asked, "redirect_uri") == test.prompts[0].redirect_uri);
  CHECK(sent(test.http, 0, "redirect_uri") == test.prompts[0].redirect_uri);
  CHECK(sent(test.http, 0, "code") == "4/code");
  CHECK(pkce_challenge(Secret(sent(test.http, 0, "code_verifier"))) == param(asked, "code_challenge"));
  CHECK(param(asked, "nonce").size() == 43);
  CHECK(param(asked, "nonce") != param(asked, "state"));
  CHECK(test.http.requests().at(1).headers.at(0).second == "Bearer at-1");
}

TEST_CASE("Microsoft's redirect URI is the registered http://localhost with a port and nothing more") {
  LoginTest test;
  test.set_provider("microsoft");
  test.request.provider = "microsoft";
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  CHECK(test.prompts.at(0).redirect_uri == "http://localhost:40001");
  CHECK(test.listeners.bound.at(0).host == "localhost");
  CHECK(test.listeners.bound.at(0).path == "/");
}

TEST_CASE("an unknown provider is not found, a known one that is not set is a setting to make") {
  LoginTest test;
  test.request.provider = "nobody";
  CHECK(test.run().error().code == Code::not_found);
  test.request.provider = "google";
  const Error unset = test.run().error();
  CHECK(unset.code == Code::config);
  CHECK(unset.hint.find("mailmgr provider set google") != std::string::npos);
  CHECK(test.listeners.bound.empty());
}

TEST_CASE("the provider may be left out when only one is set") {
  LoginTest test;
  test.request.provider.clear();
  CHECK(test.run().error().code == Code::config);
  test.set_provider("microsoft");
  test.answer_login("a@b.test");
  CHECK(test.run().value().account.provider == "microsoft");
  test.set_provider("google");
  CHECK(test.run().error().code == Code::usage);
}

TEST_CASE("a Google client without its secret is found out before the browser opens") {
  LoginTest test;
  test.set_provider("google");
  ProviderChange change;
  change.name = "google";
  change.client_secret = Secret("");
  REQUIRE(mailmgr::set_provider(change, test.setup_world()));
  const Error error = test.run().error();
  CHECK(error.code == Code::config);
  CHECK(error.hint == "mailmgr provider set google --client-secret-file FILE");
  CHECK(test.browser.opened().empty());
}

TEST_CASE("a missing key is found out before the browser opens") {
  LoginTest test;
  test.set_provider("google");
  test.keys.key.reset();
  Vault locked(test.keys, test.vault_store, test.random);
  const LoginWorld world{test.specs,     test.providers, test.grants, test.accounts, locked,           test.leases,
                         test.listeners, test.browser,   test.clock,  test.random,   test.world().http};
  CHECK(login(test.request, world, test.front, Stop()).error().code == Code::config);
  CHECK(test.listeners.bound.empty());
  CHECK(test.prompts.empty());
}

TEST_CASE("a port that is taken is found out before the browser opens") {
  LoginTest test;
  test.set_provider("google");
  test.listeners.port_taken = true;
  test.request.port = 8080;
  CHECK(test.run().error().code == Code::config);
  CHECK(test.browser.opened().empty());
}

TEST_CASE("attacks 1, 2, 3, 12: stray and hostile requests neither end the login nor count as an answer") {
  LoginTest test;
  test.set_provider("google");
  test.browser.on_open = [&](const Url& url) {
    test.listeners.visits.push_back({{"code", "evil"}, {"state", "guessed"}});
    test.listeners.visits.push_back({{"error", "access_denied"}, {"state", "guessed"}});
    test.listeners.visits.push_back({{"code", "evil"}});
    test.visit(url, {{"code", "4/code"}, {"state", "bad"}});
    test.visit(url, {{"code", "4/code"}});
  };
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  CHECK(test.remarks ==
        std::vector<std::string>{"4 requests to this login's port did not belong to it and were turned away"});
  CHECK(sent(test.http, 0, "code") == "4/code");
}

TEST_CASE("attack 11: declining changes nothing") {
  LoggedIn test;
  test.browser.on_open = [&](const Url& url) { test.visit(url, {{"error", "access_denied"}}); };
  const Error error = test.run().error();
  CHECK(error.code == Code::refused);
  CHECK(error.message.find("you declined") != std::string::npos);
  test.check_untouched();
}

TEST_CASE("attack 15: an answer from another issuer is not exchanged") {
  LoggedIn test;
  const std::size_t before = test.http.requests().size();
  test.browser.on_open = [&](const Url& url) { test.visit(url, {{"code", "4/x"}, {"iss", "https://evil.test"}}); };
  CHECK(test.run().error().code == Code::refused);
  CHECK(test.http.requests().size() == before);
  test.check_untouched();
}

TEST_CASE("without an answer the login ends after five minutes and says where to look") {
  LoggedIn test;
  test.browser.on_open = nullptr;
  const Time start = test.clock.now();
  const Error error = test.run().error();
  CHECK(error.code == Code::auth_required);
  CHECK(error.message.find("no answer from the browser within 5 minutes") != std::string::npos);
  CHECK(error.hint.find("(redirect_uri_mismatch; man mailmgr-login)") != std::string::npos);
  CHECK(test.clock.now() - start == 5min);
  test.check_untouched();
}

TEST_CASE("an interrupted login is no timeout and leaves no account") {
  LoginTest test;
  test.set_provider("google");
  test.browser.on_open = [&](const Url&) { test.stop.request_stop(); };
  CHECK(test.run().error().code == Code::interrupted);
  CHECK(test.all().empty());
}

TEST_CASE("attack 29: scopes that the access needs and were not granted refuse the login, by name") {
  LoggedIn test;
  test.answer_tokens("2", R"(,"scope":"https://api.test/other")");
  const Error error = test.run().error();
  CHECK(error.code == Code::refused);
  CHECK(error.message.find("mail.modify") != std::string::npos);
  test.check_untouched();
}

TEST_CASE("extra scopes that were not granted are reported, and the login counts") {
  LoginTest test;
  test.set_provider("google");
  test.request.with = {"settings"};
  test.answer_login("a@b.test", "1", R"(,"scope":"https://api.test/mail.modify")");
  const auto result = test.run();
  REQUIRE(result);
  CHECK(result->missing_scopes == std::vector<std::string>{"mail.settings"});
  CHECK(result->scopes == std::set<std::string>{"mail.modify"});
}

TEST_CASE("a login without a refresh token is refused") {
  LoggedIn test;
  test.http.answer(200, R"({"access_token":"at-2","token_type":"Bearer"})");
  CHECK(test.run().error().message.find("no refresh token") != std::string::npos);
  test.check_untouched();
}

TEST_CASE("attack 40: another mailbox than the expected one is refused unless that is allowed") {
  LoggedIn test;
  test.request.login_hint = "other@b.test";
  test.answer_login("a@b.test", "2");
  const Error error = test.run().error();
  CHECK(error.code == Code::refused);
  CHECK(error.message.find("a@b.test logged in, but other@b.test was expected") != std::string::npos);
  CHECK(error.hint.find("--allow-different") != std::string::npos);
  test.check_untouched();
  CHECK(param(decode_query(test.prompts.back().url.query).value(), "login_hint") == "other@b.test");

  test.request.login_hint.clear();
  test.request.account = "a@b.test";
  test.answer_login("renamed@b.test", "2");
  CHECK(test.run().error().code == Code::refused);
  test.check_untouched();

  test.request.allow_different = true;
  test.answer_login("renamed@b.test", "2");
  REQUIRE(test.run());
  REQUIRE(test.all().size() == 1);
  CHECK(test.all()[0].email == "renamed@b.test");
  CHECK(test.refresh_token(test.all()[0]) == "rt-2");
}

TEST_CASE("an account without a mailbox is refused and not stored") {
  LoginTest test;
  test.set_provider("google");
  test.answer_tokens();
  test.http.answer(404);
  CHECK(test.run().error().code == Code::refused);
  for (const std::string odd : {"", "no-address", "a@b.test\x1b[31m", "a b@c.test"}) {
    test.answer_login(odd);
    CHECK(test.run().error().code == Code::refused);
  }
  CHECK(test.all().empty());
}

TEST_CASE("the exchange is repeated only when nothing was sent") {
  LoginTest test;
  test.set_provider("google");
  test.http.fail(Code::unreachable, "connecting to login.test: no route");
  test.answer_login("a@b.test");
  CHECK(test.run());

  test.http.fail(Code::no_answer, "login.test closed the connection");
  const Error error = test.run().error();
  CHECK(error.code == Code::no_answer);
  CHECK(test.http.unused() == 0);
}

TEST_CASE("attacks 21, 22: what the token endpoint says against the login reaches the person, and costs nothing") {
  LoggedIn test;
  test.http.answer(200, "<html>welcome</html>");
  CHECK(test.run().error().message.find("not JSON") != std::string::npos);
  test.http.answer(401, R"({"error":"invalid_client"})");
  CHECK(test.run().error().code == Code::config);
  test.http.answer(400, R"({"error":"invalid_grant","error_description":"Bad Request"})");
  const Error error = test.run().error();
  CHECK(error.code == Code::auth_required);
  CHECK(error.hint == "mailmgr login google");
  test.check_untouched();
}

TEST_CASE("an end that the provider has set for the login is told, with its reason") {
  LoginTest test;
  test.set_provider("google");
  test.answer_login("a@b.test", "1", R"(,"refresh_token_expires_in":604799)");
  const auto result = test.run();
  REQUIRE(result);
  CHECK(result->forecast.expires == test.clock.now() + 604'799s);
  CHECK(result->forecast.reason.find("Testing") != std::string::npos);
  CHECK(test.grant_of(test.all()[0]).refresh_expires == result->forecast.expires);
}

TEST_CASE("a second login for the same mailbox is busy, one for another is not") {
  LoginTest test;
  test.set_provider("google");
  test.request.login_hint = "A@b.test";
  const auto held = test.leases.take("login-" + hex(sha256("google\na@b.test")).substr(0, 32), 0ms, Stop());
  REQUIRE(held);
  const Error error = test.run().error();
  CHECK(error.code == Code::busy);
  CHECK(error.message.find("already running") != std::string::npos);
  CHECK(test.browser.opened().empty());

  test.request.login_hint = "c@b.test";
  test.answer_login("c@b.test");
  CHECK(test.run());
  CHECK_FALSE(test.leases.is_held("login-google-c%40b.test"));
}

TEST_CASE("a browser that does not start is remarked, and the login goes on") {
  LoginTest test;
  test.set_provider("google");
  test.browser.fails = true;
  test.front.on_url = [&](const LoginPrompt& prompt) { test.visit(prompt.url, {{"code", "4/code"}}); };
  test.answer_login("a@b.test");
  CHECK(test.run());
  CHECK(test.remarks == std::vector<std::string>{"opening a browser: there is no display"});
}

TEST_CASE("a registered loopback redirect URI is listened on as it is") {
  LoginTest test;
  test.set_provider("google");
  ProviderChange change;
  change.name = "google";
  change.redirect_uri = "http://127.0.0.1:8080/callback";
  REQUIRE(mailmgr::set_provider(change, test.setup_world()));
  test.answer_login("a@b.test");
  REQUIRE(test.run());
  CHECK(test.listeners.bound.at(0).port == 8080);
  CHECK(test.listeners.bound.at(0).path == "/callback");
  CHECK(sent(test.http, 0, "redirect_uri") == "http://127.0.0.1:8080/callback");
  test.request.port = 9090;
  CHECK(test.run().error().code == Code::usage);
}
