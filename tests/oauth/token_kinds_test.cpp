// Tokens that come about in other ways than by a person's refresh token, for other servers, or not at all any more.
#include "tests/oauth/token_source_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

namespace {

// The same world, but the provider reaches an organisation's mailboxes.
struct Organisation : World {
  explicit Organisation(GrantKind kind, milliseconds left = 0min)
      : World(left, kind == GrantKind::service_account ? ProviderKind::google : ProviderKind::microsoft) {
    config.grants = kind;
    if (kind == GrantKind::service_account) {
      config.sealed_private_key =
          vault.seal(Secret(test_keys().private_pem), private_key_context(config.name, config.client_id)).value();
      config.sealed_client_secret.clear();
      config.key_issuer = "mailmgr@p.iam.gserviceaccount.com";
    }
    row().kind = kind;
    row().sealed_refresh_token.clear();
    row().scopes = {"mail.modify"};
    if (kind == GrantKind::app_only) row().email.clear();
  }
  TokenSource again() { return TokenSource({grants, vault, leases, http, clock, random}, config, spec, id, "work"); }
};

}  // namespace

TEST_CASE("a service account's token is asked for under the lease, stored, and used until it ends") {
  Organisation world(GrantKind::service_account);
  bool held = false;
  world.http.answer_with([&](const HttpRequest&) -> Result<HttpResponse> {
    held = world.leases.leases.is_held("grant-" + std::to_string(world.id.value));
    return HttpResponse{200, {}, kRefreshed};
  });
  CHECK(world.again().get(Stop()).value().reveal() == "at-2");
  CHECK(held);
  CHECK(sent(world.http, 0, "assertion").starts_with("eyJ"));
  CHECK(world.stored(SealKind::access_token) == "at-2");
  CHECK(world.again().get(Stop()).value().reveal() == "at-2");  // another process: from the store
  CHECK(world.http.requests().size() == 1);
}

TEST_CASE("an application's token comes from its secret, and no refresh token is missed") {
  Organisation world(GrantKind::app_only);
  world.http.answer(200, kRefreshed);
  CHECK(world.again().get(Stop()).value().reveal() == "at-2");
  CHECK(sent(world.http, 0, "grant_type") == "client_credentials");
  CHECK(sent(world.http, 0, "client_secret") == "s3cret");
  CHECK(sent(world.http, 0, "refresh_token") == "(none)");
}

TEST_CASE("what an organisation's provider refuses is no reason to ask anybody to log in, and is asked again") {
  Organisation world(GrantKind::service_account);
  world.http.answer(401, R"({"error":"unauthorized_client","error_description":"Client is unauthorized."})");
  world.http.answer(200, kRefreshed);
  const Error error = world.again().get(Stop()).error();
  CHECK(error.code == Code::refused);
  CHECK(error.hint.find("login") == std::string::npos);
  CHECK(world.row().state == GrantState::active);
  CHECK(world.again().get(Stop()));
}

TEST_CASE("a grant that no longer fits the provider's settings asks to be connected again") {
  Organisation world(GrantKind::service_account, 10min);
  world.config.base_url = "https://elsewhere.test";
  CHECK(world.again().get(Stop()).error().code == Code::config);
  CHECK(world.again().get(Stop()).error().hint == "mailmgr account connect a@b.test --provider google");
  world.config.base_url.clear();
  world.row().kind = GrantKind::oauth_code;  // of a login, from before
  CHECK(world.again().get(Stop()).error().code == Code::config);
  world.row().kind = GrantKind::service_account;
  world.config.grants = GrantKind::oauth_code;  // and the other way round
  CHECK(world.again().get(Stop()).error().hint == "mailmgr login --account work");
}

TEST_CASE("a login to the mail servers too refreshes with the API's scopes named, and one without names none") {
  World world(0min, ProviderKind::microsoft);
  world.http.answer(200, kRefreshed);
  CHECK(world.token() == "at-2");
  CHECK(sent(world.http, 0, "scope") == "(none)");

  World more(0min, ProviderKind::microsoft);
  more.row().scopes = {"mail.modify", "https://servers.test/imap"};
  more.http.answer(200, kRefreshed);
  CHECK(more.token() == "at-2");
  CHECK(sent(more.http, 0, "scope") == "mail.modify offline_access");
}

TEST_CASE("a token for a mail server is asked for alone, and the rotated refresh token is saved before it is used") {
  World world(1h, ProviderKind::microsoft);
  world.http.answer(200, kRotated);
  const auto token = world.source.fresh_for({"https://servers.test/imap", "offline_access"}, {});
  REQUIRE(token);
  CHECK(token->token.reveal() == "at-2");
  CHECK(token->expires == world.clock.now() + 1h);
  CHECK(sent(world.http, 0, "scope") == "https://servers.test/imap offline_access");
  CHECK(sent(world.http, 0, "refresh_token") == "rt-1");
  CHECK(world.leases.leases.history() == std::vector<std::string>{"grant-1"});
  CHECK(world.stored(SealKind::refresh_token) == "rt-2");
  CHECK(world.stored(SealKind::access_token) == "at-1");  // the API's stays as it is
  CHECK(world.token() == "at-1");

  world.grants.writable = false;
  world.http.answer(200, kRotated);
  CHECK(world.source.fresh_for({"https://servers.test/imap"}, {}).error().code == Code::store);
}

TEST_CASE("a refusal of other scopes says nothing about the login itself") {
  World world(1h, ProviderKind::microsoft);
  world.http.answer(400, R"({"error":"invalid_grant","suberror":"consent_required","error_codes":[65001]})");
  CHECK(world.source.fresh_for({"https://servers.test/imap"}, {}).error().code == Code::auth_required);
  CHECK(world.row().state == GrantState::active);
  CHECK(world.token() == "at-1");
}

TEST_CASE("the token of a login that is waiting to be revoked is used for nothing") {
  World world(1h);
  world.row().state = GrantState::revoke_pending;
  world.row().state_reason = "it was logged out";
  const auto token = world.source.get({});
  REQUIRE_FALSE(token);
  CHECK(token.error().code == Code::auth_required);
  CHECK(token.error().message.find("logged out") != std::string::npos);
  CHECK(world.source.fresh_for({"x"}, {}).error().code == Code::auth_required);
  CHECK(world.http.requests().empty());
}
