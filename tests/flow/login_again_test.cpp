// Logins for accounts that there are already: again, under another name, through another client, after a killed one.
#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/flow/login.h"
#include "core/oauth/pkce.h"
#include "tests/flow/login_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

TEST_CASE("logging in to the same mailbox again replaces its tokens and adds no account") {
  LoggedIn test;
  GrantRecord dead = test.grant_of(test.all()[0]);
  dead.state = GrantState::needs_login;
  dead.state_reason = "revoked";
  REQUIRE(test.grants.update(dead).value());

  test.answer_login("A@B.test", "2");
  const auto result = test.run();
  REQUIRE(result);
  CHECK(result->account.id == test.all()[0].id);
  REQUIRE(test.all().size() == 1);
  const GrantRecord grant = test.grant_of(test.all()[0]);
  CHECK(test.refresh_token(test.all()[0]) == "rt-2");
  CHECK(grant.id == dead.id);
  CHECK(grant.state == GrantState::active);
  CHECK(grant.state_reason.empty());
  CHECK(grant.generation > dead.generation);
}

TEST_CASE("an account that is logged in again keeps its access and its extra scopes") {
  LoginTest test;
  test.set_provider("google");
  test.request.access = AccessLevel::read_only;
  test.request.with = {"settings"};
  test.request.name = "work";
  test.answer_login("a@b.test");
  REQUIRE(test.run());

  test.request = {};
  test.request.account = "work";
  test.answer_login("a@b.test", "2");
  REQUIRE(test.run());
  const QueryParams asked = decode_query(test.prompts.back().url.query).value();
  CHECK(param(asked, "scope") == "mail.read offline_access mail.settings");
  CHECK(param(asked, "login_hint") == "a@b.test");
  CHECK(test.grant_of(test.all()[0]).access == AccessLevel::read_only);

  test.request.access = AccessLevel::full;
  test.answer_login("a@b.test", "3");
  REQUIRE(test.run());
  CHECK(param(decode_query(test.prompts.back().url.query).value(), "scope") == "mail.modify offline_access");
}

TEST_CASE("names are checked before the browser opens") {
  LoggedIn test;
  const std::size_t opened = test.browser.opened().size();
  test.request.name = "a@b.test";
  CHECK(test.run().error().code == Code::usage);
  test.request.name = "new";
  test.request.account = "a@b.test";
  CHECK(test.run().error().code == Code::usage);
  test.request.name.clear();
  test.request.account = "nobody";
  CHECK(test.run().error().code == Code::not_found);
  test.request.account.clear();
  test.request.with = {"everything"};
  CHECK(test.run().error().code == Code::usage);
  CHECK(test.browser.opened().size() == opened);
}

TEST_CASE("an address that is another provider's account already needs a name, and leaves nothing behind") {
  LoggedIn test;
  test.set_provider("contoso", ProviderKind::google);
  test.request.provider = "contoso";
  test.answer_login("a@b.test", "2");
  const Error error = test.run().error();
  CHECK(error.code == Code::usage);
  CHECK(error.hint == "mailmgr login contoso --name NAME");
  CHECK_FALSE(test.grants.find(GrantId(test.all()[0].grant.value + 1)).value().has_value());

  test.request.name = "second";
  test.answer_login("a@b.test", "2");
  REQUIRE(test.run());
  CHECK(test.all().size() == 2);
  CHECK(test.all()[1].name == "second");
}

TEST_CASE("an account can move to another client of the same kind, and its old login is forgotten") {
  LoggedIn test;
  const GrantId old = test.all()[0].grant;
  test.set_provider("contoso", ProviderKind::google);
  test.set_provider("microsoft");
  test.request.account = "a@b.test";
  test.request.provider = "microsoft";
  CHECK(test.run().error().code == Code::usage);

  test.request.provider = "contoso";
  test.answer_login("a@b.test", "2");
  REQUIRE(test.run());
  REQUIRE(test.all().size() == 1);
  CHECK(test.all()[0].provider == "contoso");
  CHECK(test.refresh_token(test.all()[0]) == "rt-2");
  CHECK_FALSE(test.grants.find(old).value().has_value());
}

TEST_CASE("shared mailboxes go along when the account they are reached through moves to another client") {
  LoginTest test;
  test.set_provider("microsoft");
  test.set_provider("contoso", ProviderKind::microsoft);
  test.request.provider = "microsoft";
  test.answer_login("a@b.test");
  AccountRecord shared = test.run().value().account;
  shared.name = shared.email = "team@b.test";
  shared.via = shared.id;
  shared.id = test.accounts.add(shared).value();
  test.request.provider = "contoso";
  test.request.account = "a@b.test";
  test.answer_login("a@b.test", "2");
  const AccountRecord moved = test.run().value().account;
  for (const auto& account : test.all()) {
    CHECK(account.grant == moved.grant);
    CHECK(account.provider == "contoso");
  }
}

TEST_CASE("what a killed login left behind is removed by the next one for that mailbox, and nothing else") {
  LoggedIn test;
  GrantRecord left = test.grants.find(test.all()[0].grant).value().value();
  const GrantId ours = test.grants.create(left).value();
  left.email = "other@b.test";
  const GrantId others = test.grants.create(left).value();
  left.email = "a@b.test";
  left.provider = "contoso";
  const GrantId elsewhere = test.grants.create(left).value();

  test.answer_login("a@b.test", "2");
  REQUIRE(test.run());
  CHECK_FALSE(test.grants.find(ours).value().has_value());
  CHECK(test.grants.find(others).value().has_value());
  CHECK(test.grants.find(elsewhere).value().has_value());
  CHECK(test.grants.find(test.all()[0].grant).value().has_value());
}

TEST_CASE("a login need not connect the mailbox, and a later one does") {
  LoginTest test;
  test.set_provider("google");
  test.request.connect = false;
  test.answer_login("a@b.test");
  CHECK(test.run().value().account.state == AccountState::disconnected);
  CHECK(test.refresh_token(test.all().at(0)) == "rt-1");

  test.request.connect = true;
  test.request.set_since = true;
  test.request.since = test.clock.now() - 24h;
  test.answer_login("a@b.test", "2");
  REQUIRE(test.run());
  CHECK(test.all().at(0).state == AccountState::active);
  CHECK(test.all().at(0).since == test.request.since);

  test.request.connect = false;
  test.request.set_since = false;
  test.answer_login("a@b.test", "3");
  REQUIRE(test.run());
  CHECK(test.all().at(0).state == AccountState::active);
  CHECK(test.all().at(0).since == test.request.since);
}

TEST_CASE("a paused account stays paused when it is logged in again") {
  LoggedIn test;
  AccountRecord account = test.all()[0];
  account.state = AccountState::paused;
  REQUIRE(test.accounts.update(account));
  test.answer_login("a@b.test", "2");
  REQUIRE(test.run());
  CHECK(test.all()[0].state == AccountState::paused);
}
