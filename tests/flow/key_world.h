// A store whose keys are changed, and places where such a change can be killed.
#pragma once

#include <doctest/doctest.h>

#include "core/base/encoding.h"
#include "core/flow/key_change.h"
#include "core/oauth/sealed_values.h"
#include "core/oauth/token_source.h"
#include "core/system/key_file.h"
#include "core/system/key_sources.h"
#include "tests/flow/login_world.h"

namespace mailmgr::test {

// Thrown where a process is killed. Nothing in the flows catches it.
struct Killed {};

// Counts the steps that change something, and dies before or after the one it was told.
struct Reaper {
  int die_at = -1;
  bool after = false;
  int steps = 0;

  template <class Step>
  auto step(Step change) {
    const bool now = ++steps == die_at;
    if (now && !after) throw Killed{};
    auto done = change();
    if (now) throw Killed{};
    return done;
  }
};

class MortalStore final : public VaultStore {
 public:
  MortalStore(VaultStore& store, Reaper& reaper) : store_(store), reaper_(reaper) {}
  Result<VaultRow> load() override { return store_.load(); }
  Result<bool> save_key(std::string_view before, std::string_view after) override {
    return reaper_.step([&] { return store_.save_key(before, after); });
  }
  Result<bool> save_key_and_rows(std::string_view before, std::string_view after, Time changed,
                                 const RowWork& work) override {
    return reaper_.step([&] { return store_.save_key_and_rows(before, after, changed, work); });
  }
  Status scrub() override {
    return reaper_.step([&] { return store_.scrub(); });
  }

 private:
  VaultStore& store_;
  Reaper& reaper_;
};

class MortalSource final : public KeySource {
 public:
  MortalSource(KeySource& source, Reaper& reaper) : source_(source), reaper_(reaper) {}
  Result<Secret> load() override { return source_.load(); }
  Result<Secret> load_or_create() override {
    return reaper_.step([&] { return source_.load_or_create(); });
  }
  std::string place() const override { return source_.place(); }
  bool is_ours() const override { return source_.is_ours(); }
  Status replace(const Secret& key) override {
    return reaper_.step([&] { return source_.replace(key); });
  }
  Status remove() override {
    return reaper_.step([&] { return source_.remove(); });
  }

 private:
  KeySource& source_;
  Reaper& reaper_;
};

// A store with a provider and two logins, whose key is in a file; settings say which.
struct KeyTest {
  TempFolder folder;
  std::unique_ptr<store::TokenStore> tokens = open();
  FakeClock clock;
  SeededRandom random;
  MemoryLeases leases;
  KeySettings settings;
  std::vector<GrantId> grants;

  KeyTest() {
    settings.file = folder.file("key");
    ConfiguredKeys keys = configured();
    Vault vault(keys, tokens->vault(), random);
    ProviderConfig provider;
    provider.name = "google";
    provider.client_id = "client-1";
    provider.sealed_client_secret = vault.seal(Secret("s3cret"), client_secret_context("google", "client-1")).value();
    provider.sealed_private_key = vault.seal(Secret("PEM"), private_key_context("google", "client-1")).value();
    REQUIRE(tokens->providers().put(provider));
    for (const char* email : {"a@gmail.test", "b@gmail.test"}) {
      GrantRecord grant;
      grant.provider = "google";
      grant.client_id = "client-1";
      grant.origins = "https://login.test https://api.test";
      grant.email = email;
      grant.id = tokens->grants().create(grant).value();
      grant.sealed_refresh_token = vault.seal(Secret("rt-1"), token_context(grant, SealKind::refresh_token)).value();
      grant.sealed_access_token = vault.seal(Secret("at-1"), token_context(grant, SealKind::access_token)).value();
      REQUIRE(tokens->grants().update(grant).value());
      grants.push_back(grant.id);
    }
  }

  std::unique_ptr<store::TokenStore> open() const {
    return store::TokenStore::open(folder.file("data"), store::OpenMode::write).value();
  }
  KeyWorld world() { return world_of(tokens->vault()); }
  KeyWorld world_of(VaultStore& vault) { return {vault, tokens->providers(), tokens->grants(), leases, clock, random}; }
  std::unique_ptr<KeySource> source() { return make_key_source(settings, random); }
  ConfiguredKeys configured() {
    return ConfiguredKeys([this] { return Result<std::unique_ptr<KeySource>>(source()); });
  }
  std::unique_ptr<KeySource> command_printing(const std::string& file) {
    return make_key_source(command_settings(file), random);
  }
  static KeySettings command_settings(const std::string& file) {
    KeySettings settings;
    settings.kind = KeySourceKind::command;
    settings.command = {"cat", file};
    return settings;
  }
  KeyState state() { return inspect_keys(*source(), world(), {}).value(); }

  // As a process sees it that starts now: every value opens.
  void check_all_open() {
    const KeyState now = state();
    CHECK_MESSAGE(!now.problem, (now.problem ? now.problem->message : ""));
    CHECK(now.sealed == 6);
    CHECK(now.unreadable.empty());
    ConfiguredKeys keys = configured();
    Vault vault(keys, tokens->vault(), random);
    const auto all = tokens->grants().list().value();
    for (const auto& grant : all) {
      const auto token = vault.open(grant.sealed_refresh_token, token_context(grant, SealKind::refresh_token));
      CHECK(token.value().reveal() == "rt-1");
    }
  }
};

inline std::string key_line(char fill) {
  return base64(std::string(32, fill)) + '\n';
}

}  // namespace mailmgr::test
