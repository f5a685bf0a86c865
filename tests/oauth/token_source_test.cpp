#include <doctest/doctest.h>

#include <thread>

#include "tests/oauth/token_source_world.h"

using namespace mailmgr;
using namespace mailmgr::test;
using namespace std::chrono_literals;

TEST_CASE("a stored token that lasts is used without asking anybody") {
  World world(10min);
  CHECK(world.token() == "at-1");
  CHECK(world.http.requests().empty());
  CHECK(world.leases.leases.history().empty());
}

TEST_CASE("a token with less than five minutes left is refreshed under the grant's lease") {
  World world(4min);
  bool held = false;
  world.http.answer_with([&](const HttpRequest& request) -> Result<HttpResponse> {
    held = world.leases.leases.is_held("grant-" + std::to_string(world.id.value));
    CHECK(request.deadline <= 30s);
    return HttpResponse{200, {}, kRefreshed};
  });
  CHECK(world.token() == "at-2");
  CHECK(held);
  CHECK(sent(world.http, 0, "refresh_token") == "rt-1");
  CHECK(sent(world.http, 0, "client_secret") == "s3cret");
  CHECK(world.stored(SealKind::access_token) == "at-2");
  CHECK(world.row().access_expires == world.clock.now() + 1h);
}

TEST_CASE("a refresh without a new refresh token keeps the old one") {
  World world(0min);
  world.http.answer(200, kRefreshed);
  CHECK(world.token() == "at-2");
  CHECK(world.stored(SealKind::refresh_token) == "rt-1");
}

TEST_CASE("a rotated refresh token is stored before the access token is used, and used next time") {
  World world(0min, ProviderKind::microsoft);
  world.http.answer(200, kRotated);
  CHECK(world.token() == "at-2");
  CHECK(world.stored(SealKind::refresh_token) == "rt-2");
  world.clock.advance(2h);
  world.http.answer(200, kRotated);
  world.token();
  CHECK(sent(world.http, 1, "refresh_token") == "rt-2");
}

TEST_CASE("a token that could not be stored is not used") {
  World world(0min);
  world.grants.writable = false;
  world.http.answer(200, kRotated);
  CHECK(world.failure().code == Code::store);
  world.grants.writable = true;
  CHECK(world.stored(SealKind::refresh_token) == "rt-1");
}

TEST_CASE("many calls in one process make one refresh") {
  World world(0min);
  world.http.answer(200, kRefreshed);
  std::vector<std::thread> threads;
  std::vector<std::string> tokens(8);
  for (auto& token : tokens) threads.emplace_back([&] { token = world.token(); });
  for (auto& thread : threads) thread.join();
  for (const auto& token : tokens) CHECK(token == "at-2");
  CHECK(world.http.requests().size() == 1);
}

TEST_CASE("a token that another process fetched while we waited is used") {
  World world(0min);
  world.leases.while_waiting = [&] { world.seal(world.row(), "at-theirs", "rt-theirs", 1h); };
  CHECK(world.token() == "at-theirs");
  CHECK(world.http.requests().empty());
}

TEST_CASE("a login that was replaced during our refresh wins over it") {
  World world(0min);
  world.grants.before_update = [&] { world.seal(world.row(), "at-login", "rt-login", 1h); };
  world.http.answer(200, kRotated);
  CHECK(world.token() == "at-login");
  CHECK(world.stored(SealKind::refresh_token) == "rt-login");
}

TEST_CASE("attack 32: a refused refresh token that was replaced meanwhile costs nothing") {
  World world(0min);
  world.http.answer_with([&](const HttpRequest&) -> Result<HttpResponse> {
    world.seal(world.row(), "at-theirs", "rt-theirs", 1h);
    return HttpResponse{400, {}, kDead};
  });
  CHECK(world.token() == "at-theirs");
  CHECK(world.row().state == GrantState::active);
}

TEST_CASE("a dead login is marked once, keeps its ciphertext, and the provider is not asked again") {
  World world(0min);
  world.http.answer(400, kDead);
  const Error error = world.failure();
  CHECK(error.code == Code::auth_required);
  CHECK(error.message.find("work") != std::string::npos);
  CHECK(error.hint == "mailmgr login --account work");
  CHECK(error.account == "work");
  CHECK(world.row().state == GrantState::needs_login);
  CHECK(world.row().state_reason.find("expired or was revoked") != std::string::npos);
  CHECK(world.stored(SealKind::refresh_token) == "rt-1");
  CHECK(world.failure().code == Code::auth_required);
  CHECK(world.make_source().get(Stop()).error().message.find("revoked") != std::string::npos);
  CHECK(world.http.requests().size() == 1);
}

TEST_CASE("trouble that passes is retried a little, then reported without a word about logins") {
  World world(0min);
  world.http.fail(Code::unreachable, "connecting to login.test: no route");
  world.http.answer(503, "<html>");
  world.http.answer(200, kRefreshed);
  CHECK(world.token() == "at-2");
  CHECK(world.clock.slept() == 3s);

  World down(0min);
  for (int i = 0; i < 3; ++i) down.http.fail(Code::unreachable, "connecting to login.test: no route");
  const Error error = down.failure();
  CHECK(error.code == Code::unreachable);
  CHECK((error.message + error.hint).find("log in") == std::string::npos);
  CHECK(error.hint.find("login ") == std::string::npos);
  CHECK(down.row().state == GrantState::active);
  CHECK(down.http.requests().size() == 3);
}

TEST_CASE("a wait longer than the deadline is left to the next run") {
  World world(0min);
  world.http.answer(429, "{}", {{"Retry-After", "3600"}});
  const Error error = world.failure();
  CHECK(error.code == Code::throttled);
  CHECK(error.retry_after == 1h);
  CHECK(world.clock.slept() == 0s);
}

TEST_CASE("all tries together end after thirty seconds") {
  World world(0min);
  world.http.always([&](const HttpRequest& request) -> Result<HttpResponse> {
    world.clock.advance(request.deadline);
    return Error{Code::no_answer, "login.test did not answer in time", ""};
  });
  const Monotonic start = world.clock.monotonic();
  CHECK(world.failure().code == Code::no_answer);
  CHECK(world.clock.monotonic() - start == 30s);
}

TEST_CASE("a token the API rejected is not handed out again") {
  World world(30min);
  CHECK(world.token() == "at-1");
  world.source.reject(Secret("at-1"));
  world.http.answer(200, kRefreshed);
  CHECK(world.token() == "at-2");
  world.source.reject(Secret("at-1"));  // a late answer to an older request
  CHECK(world.token() == "at-2");
  CHECK(world.http.requests().size() == 1);
}

TEST_CASE("a rejected token is replaced by the one another process has stored") {
  World world(30min);
  CHECK(world.token() == "at-1");
  world.source.reject(Secret("at-1"));
  world.seal(world.row(), "at-theirs", "rt-1", 1h);
  CHECK(world.token() == "at-theirs");
  CHECK(world.http.requests().empty());
}

TEST_CASE("a short-lived token is used for half its life, not fetched for every call") {
  World world(0min);
  world.http.answer(200, R"({"access_token":"at-2","expires_in":60,"token_type":"Bearer"})");
  CHECK(world.token() == "at-2");
  CHECK(world.token() == "at-2");
  world.clock.advance(31s);
  world.http.answer(200, R"({"access_token":"at-3","expires_in":60,"token_type":"Bearer"})");
  CHECK(world.token() == "at-3");
}

TEST_CASE("an expiry far in the future, as after the clock was set back, is not believed") {
  World world(1h);
  world.clock.set_wall_clock("2020-01-01T00:00:00Z");
  world.http.answer(200, kRefreshed);
  CHECK(world.token() == "at-2");
}

TEST_CASE("tokens never go to a host or client they were not issued for") {
  const auto changed = [](void (*change)(ProviderConfig&)) {
    World world(30min);
    change(world.config);
    const auto got = world.make_source().get(Stop());
    REQUIRE_FALSE(got);
    CHECK(got.error().code == Code::auth_required);
    CHECK(got.error().message.find("changed since this login") != std::string::npos);
    CHECK(got.error().hint == "mailmgr login --account work");
    CHECK(world.http.requests().empty());
    CHECK(world.row().state == GrantState::active);  // put back, the settings fit again
  };
  changed([](ProviderConfig& config) { config.base_url = "https://evil.test"; });
  changed([](ProviderConfig& config) { config.api_url = "https://evil.test"; });
  changed([](ProviderConfig& config) { config.client_id = "client-2"; });
}

TEST_CASE("a damaged refresh token asks for a login, a damaged access token only costs a refresh") {
  World world(30min);
  world.row().sealed_access_token.back() ^= 1;
  world.http.answer(200, kRefreshed);
  CHECK(world.token() == "at-2");

  World dead(0min);
  dead.row().sealed_refresh_token.back() ^= 1;
  CHECK(dead.failure().code == Code::auth_required);
  CHECK(dead.http.requests().empty());
}

TEST_CASE("a missing key is the key's error, and kills no login") {
  World world(0min);
  Vault locked(world.keys, world.vault_store, world.random);
  world.keys.key.reset();
  TokenSource source({world.grants, locked, world.leases, world.http, world.clock, world.random}, world.config,
                     world.spec, world.id, "work");
  CHECK(source.get(Stop()).error().code == Code::config);
  CHECK(world.row().state == GrantState::active);
}

TEST_CASE("a wrong client secret is the provider's setting, and kills no login") {
  World world(0min);
  world.http.answer(401, R"({"error":"invalid_client","error_description":"Unauthorized"})");
  const Error error = world.failure();
  CHECK(error.code == Code::config);
  CHECK(error.hint.ends_with("mailmgr provider set google --client-secret-file FILE"));
  CHECK(world.row().state == GrantState::active);
}

TEST_CASE("a login that was removed or has no refresh token asks for a new one") {
  World world(0min);
  world.row().sealed_refresh_token.clear();
  CHECK(world.failure().code == Code::auth_required);
  World gone(0min);
  gone.grants.rows.clear();
  CHECK(gone.failure().code == Code::auth_required);
}

TEST_CASE("an interrupted refresh leaves the login as it was") {
  World world(0min);
  std::stop_source stop;
  stop.request_stop();
  CHECK(world.source.get(Stop(stop.get_token())).error().code == Code::interrupted);
  CHECK(world.row().state == GrantState::active);
}
