// `mailmgr key` as flows, on the real store: what opens after every step, whoever acts at the same time.
#include "tests/flow/key_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

TEST_CASE_FIXTURE(KeyTest, "rotating replaces the key and the data key, and everything still opens") {
  const std::string old_key = read_text(settings.file);
  const std::string old_data_key = state().data_key;
  const VaultRow old_row = tokens->vault().load().value();
  const Rotated rotated = rotate_keys(*source(), world(), {}).value();
  CHECK(rotated.key_replaced);
  CHECK(rotated.resealed == 6);
  CHECK(rotated.unreadable.empty());
  check_all_open();
  CHECK(read_text(settings.file) != old_key);
  CHECK(state().data_key != old_data_key);
  CHECK(state().changed == clock.now());

  // Whoever has the old key, or even an old copy of the row, opens nothing of today.
  const KeySettings now = settings;
  settings.file = folder.write("old", old_key);
  CHECK(state().problem->code == Code::config);
  settings = now;
  CHECK(std::set<std::string>{"vault"} == [&] {
    const auto taken = leases.history();
    return std::set<std::string>(taken.begin(), taken.end());
  }());
}

TEST_CASE_FIXTURE(KeyTest, "a key that another program keeps stays, and the data key is replaced") {
  const std::string copy = folder.write("copy", read_text(settings.file));
  settings = command_settings(copy);
  const std::string old_data_key = state().data_key;
  const Rotated rotated = rotate_keys(*source(), world(), {}).value();
  CHECK_FALSE(rotated.key_replaced);
  CHECK(rotated.resealed == 6);
  CHECK(state().data_key != old_data_key);
  check_all_open();
}

TEST_CASE_FIXTURE(KeyTest, "old ciphertext is in no file of the store after a rotation") {
  const GrantRecord before = **tokens->grants().find(grants[0]);
  REQUIRE(rotate_keys(*source(), world(), {}));
  for (const char* name : {"data/tokens.db", "data/tokens.db-wal"}) {
    CHECK(read_text(folder.file(name)).find(before.sealed_refresh_token) == std::string::npos);
  }
}

TEST_CASE_FIXTURE(KeyTest, "a rotation that is killed at any step leaves a store that opens, and can be run again") {
  for (const bool after : {false, true}) {
    for (int step = 1;; ++step) {
      CAPTURE(step);
      CAPTURE(after);
      Reaper reaper{step, after};
      MortalStore mortal(tokens->vault(), reaper);
      const auto real = source();
      MortalSource mortal_source(*real, reaper);
      bool killed = false;
      try {
        const auto rotated = rotate_keys(mortal_source, world_of(mortal), {});  // a kill is an exception here
        REQUIRE(rotated);
      } catch (const Killed&) {
        killed = true;
      }
      check_all_open();
      if (!killed) {
        CHECK(step == 5);  // add, replace, reseal, scrub
        break;
      }
    }
    CHECK(rotate_keys(*source(), world(), {}));
    check_all_open();
  }
}

TEST_CASE_FIXTURE(KeyTest, "a change of source that is killed at any step leaves a store that opens") {
  const std::string vaulted = folder.write("vaulted", key_line('v'));
  for (const bool after : {false, true}) {
    for (int step = 1;; ++step) {
      CAPTURE(step);
      CAPTURE(after);
      Reaper reaper{step, after};
      MortalStore mortal(tokens->vault(), reaper);
      const KeySettings next_settings = command_settings(vaulted);
      const auto next = make_key_source(next_settings, random);
      MortalSource mortal_next(*next, reaper);
      const auto present = source();
      bool killed = false;
      try {
        const auto switch_settings = [&] {
          return reaper.step([&] {
            settings = next_settings;
            return Status();
          });
        };
        const Status moved = move_key(*present, mortal_next, switch_settings, world_of(mortal), {});
        REQUIRE(moved);
      } catch (const Killed&) {
        killed = true;
      }
      check_all_open();
      // Back to the file, from wherever it got to.
      const auto from = source();
      KeySettings file;
      file.file = folder.file("key");
      const auto to = make_key_source(file, random);
      REQUIRE(move_key(*from, *to,
                       [&] {
                         settings = file;
                         return Status();
                       },
                       world(), {}));
      check_all_open();
      if (!killed) {
        CHECK(step == 6);  // the new key, its wrapping, the settings, the old wrapping, scrub
        break;
      }
    }
  }
}

TEST_CASE_FIXTURE(KeyTest, "after a change of source the old key opens nothing any more") {
  const KeySettings old = settings;
  const std::string vaulted = folder.write("vaulted", key_line('v'));
  const auto next = command_printing(vaulted);
  REQUIRE(move_key(*source(), *next,
                   [&] {
                     settings = command_settings(vaulted);
                     return Status();
                   },
                   world(), {}));
  check_all_open();
  settings = old;
  CHECK(state().problem->message.find("not the one") != std::string::npos);
}

TEST_CASE_FIXTURE(KeyTest, "a source whose key cannot be had, or is another each time, changes nothing") {
  const VaultRow before = tokens->vault().load().value();
  KeySettings bad;
  bad.kind = KeySourceKind::command;
  const auto never = [] {
    FAIL("switched");
    return Status();
  };
  bad.command = {"false"};
  CHECK(move_key(*source(), *make_key_source(bad, random), never, world(), {}).error().code == Code::config);
  bad.command = {"openssl", "rand", "-base64", "32"};
  const Status fickle = move_key(*source(), *make_key_source(bad, random), never, world(), {});
  CHECK(fickle.error().message.find("not the same") != std::string::npos);
  CHECK(tokens->vault().load()->wrapped_key == before.wrapped_key);
  check_all_open();
}

TEST_CASE_FIXTURE(KeyTest, "a key that was carried elsewhere by hand can be named although the old place is empty") {
  const std::string carried = folder.write("carried", read_text(settings.file));
  REQUIRE(source()->remove());
  CHECK(state().problem.has_value());
  const auto next = command_printing(carried);
  REQUIRE(move_key(*source(), *next,
                   [&] {
                     settings = command_settings(carried);
                     return Status();
                   },
                   world(), {}));
  check_all_open();
}

TEST_CASE_FIXTURE(KeyTest, "attack 50: with a wrong or missing key nothing is rotated and nothing moves") {
  const VaultRow before = tokens->vault().load().value();
  const std::string right = read_text(settings.file);
  folder.write("key", key_line('w'));
  const auto never = [] {
    FAIL("switched");
    return Status();
  };
  const auto next = command_printing(folder.write("vaulted", key_line('v')));
  for (const bool missing : {false, true}) {
    CAPTURE(missing);
    if (missing) REQUIRE(source()->remove());
    CHECK(rotate_keys(*source(), world(), {}).error().code == Code::config);
    CHECK(move_key(*source(), *next, never, world(), {}).error().code == Code::config);
    CHECK(state().problem->code == Code::config);
    CHECK(tokens->vault().load()->wrapped_key == before.wrapped_key);
  }
  folder.write("key", right);
  check_all_open();
}

TEST_CASE_FIXTURE(KeyTest, "damaged values are named, and the others are sealed again") {
  GrantRecord grant = **tokens->grants().find(grants[1]);
  grant.sealed_access_token.back() ^= 1;
  REQUIRE(tokens->grants().update(grant).value());
  const std::vector<std::string> damaged{"access token of b@gmail.test"};
  CHECK(state().unreadable == damaged);
  CHECK(state().sealed == 5);
  const Rotated rotated = rotate_keys(*source(), world(), {}).value();
  CHECK(rotated.resealed == 5);
  CHECK(rotated.unreadable == damaged);
  CHECK(state().sealed == 5);
}

TEST_CASE_FIXTURE(KeyTest, "rotating before anything was sealed does nothing") {
  TempFolder fresh;
  const auto empty = store::TokenStore::open(fresh.file("data"), store::OpenMode::write).value();
  KeyFile file(fresh.file("key"), random);
  const KeyWorld world{empty->vault(), empty->providers(), empty->grants(), leases, clock, random};
  CHECK_FALSE(inspect_keys(file, world, {})->problem);
  CHECK_FALSE(rotate_keys(file, world, {})->key_replaced);
  CHECK_FALSE(std::filesystem::exists(fresh.file("key")));
  CHECK_FALSE(inspect_keys(file, world, {})->is_used);
}

TEST_CASE_FIXTURE(KeyTest, "a first login while the source is changed ends with the new source's key") {
  TempFolder fresh;
  const auto empty = store::TokenStore::open(fresh.file("data"), store::OpenMode::write).value();
  KeyFile old(fresh.file("key"), random);
  const auto next = command_printing(folder.write("vaulted", key_line('v')));
  const KeyWorld world{empty->vault(), empty->providers(), empty->grants(), leases, clock, random};
  Vault login(old, empty->vault(), random);
  REQUIRE(move_key(old, *next, [&] { return login.prepare(); }, world, {}));
  CHECK(inspect_keys(*next, world, {})->is_used);
  CHECK_FALSE(inspect_keys(*next, world, {})->problem);
  CHECK(inspect_keys(old, world, {})->problem);
}

TEST_CASE_FIXTURE(KeyTest, "a refresh during a rotation keeps the new refresh token with a single request") {
  ConfiguredKeys keys = configured();
  Vault vault(keys, tokens->vault(), random);
  ScriptedHttp http;
  http.answer_with([&](const HttpRequest&) -> Result<HttpResponse> {
    // Another process, while this one waits for the provider.
    const auto other = open();
    const KeyWorld theirs{other->vault(), other->providers(), other->grants(), leases, clock, random};
    REQUIRE(rotate_keys(*source(), theirs, {}));
    HttpResponse response;
    response.status = 200;
    response.body = R"({"access_token":"at-2","expires_in":3600,"token_type":"Bearer","refresh_token":"rt-2"})";
    return response;
  });
  ProviderConfig provider = **tokens->providers().find("google");
  provider.sealed_private_key.clear();  // the client proves itself by its secret
  const ProviderSpec spec = test_spec();
  REQUIRE(vault.unlock());
  TokenSource source({tokens->grants(), vault, leases, http, clock, random}, provider, spec, grants[0], "a@gmail.test");
  CHECK(source.get({}).value().reveal() == "at-2");
  CHECK(http.requests().size() == 1);

  const GrantRecord grant = **tokens->grants().find(grants[0]);
  Vault later(keys, tokens->vault(), random);
  const auto token = later.open(grant.sealed_refresh_token, token_context(grant, SealKind::refresh_token));
  CHECK(token.value().reveal() == "rt-2");
  CHECK(state().sealed == 6);
  CHECK(state().unreadable.empty());
}

TEST_CASE_FIXTURE(KeyTest, "setting a provider and changing keys keep out of each other's way") {
  auto held = leases.take("vault", std::chrono::milliseconds(0), {});
  REQUIRE(held);
  leases.waits = false;
  CHECK(rotate_keys(*source(), world(), {}).error().code == Code::busy);
  ConfiguredKeys keys = configured();
  Vault vault(keys, tokens->vault(), random);
  const std::vector<ProviderSpec> specs{test_spec()};
  ProviderChange change;
  change.name = "google";
  change.client_secret = Secret("new");
  const ProviderSetupWorld setup{specs, tokens->providers(), tokens->grants(), tokens->accounts(), vault, leases,
                                 clock};
  CHECK(set_provider(change, setup).error().code == Code::busy);
  held->reset();
  check_all_open();
}
