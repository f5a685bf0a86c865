// Destroying the key, also when that is killed.
#include "tests/flow/key_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE_FIXTURE(KeyTest, "destroying leaves nothing that opens, and everybody must log in") {
  const std::string old_key = read_text(settings.file);
  const GrantRecord before = **tokens->grants().find(grants[0]);
  const auto need_login = destroy_keys(*source(), world(), {});
  REQUIRE(need_login);
  CHECK(*need_login == std::vector<std::string>{"a@gmail.test", "b@gmail.test"});
  CHECK_FALSE(std::filesystem::exists(settings.file));
  const auto all = tokens->grants().list().value();
  for (const auto& grant : all) {
    CHECK(grant.state == GrantState::needs_login);
    CHECK_FALSE(grant.state_reason.empty());
    CHECK(grant.sealed_refresh_token.empty());
    CHECK(grant.sealed_access_token.empty());
  }
  const ProviderConfig provider = **tokens->providers().find("google");
  CHECK(provider.sealed_client_secret.empty());
  CHECK(provider.sealed_private_key.empty());
  for (const char* name : {"data/tokens.db", "data/tokens.db-wal"}) {
    CHECK(read_text(folder.file(name)).find(before.sealed_refresh_token) == std::string::npos);
  }
  CHECK_FALSE(state().is_used);
  // And it starts anew.
  ConfiguredKeys keys = configured();
  Vault vault(keys, tokens->vault(), random);
  REQUIRE(vault.prepare());
  CHECK(read_text(settings.file) != old_key);
}

TEST_CASE_FIXTURE(KeyTest, "destroying that is killed at any step is finished by the next run") {
  for (int step = 1; step <= 3; ++step) {
    CAPTURE(step);
    KeyTest test;
    Reaper reaper{step, true};
    MortalStore mortal(test.tokens->vault(), reaper);
    const auto real = test.source();
    MortalSource mortal_source(*real, reaper);
    CHECK_THROWS_AS((void)destroy_keys(mortal_source, test.world_of(mortal), {}), Killed);
    CHECK_FALSE(std::filesystem::exists(test.settings.file));
    REQUIRE(destroy_keys(*test.source(), test.world(), {}));
    CHECK_FALSE(test.state().is_used);
  }
}

TEST_CASE_FIXTURE(KeyTest, "a lost key does not hinder destroying what it opened") {
  REQUIRE(source()->remove());
  CHECK(destroy_keys(*source(), world(), {}));
  CHECK_FALSE(state().problem);
}
