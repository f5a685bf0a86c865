// Changing keys: what opens the store at every step, and what is left when a step fails.
#include "core/vault/rekey.h"

#include <doctest/doctest.h>

#include "core/vault/vault.h"
#include "core/vault/wrapped_keys.h"
#include "tests/support/fakes.h"
#include "tests/vault/vault_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

SealContext context_of(const GrantRecord& grant) {
  return {grant.id, "google", "client", "", SealKind::refresh_token};
}

SealedValues values_of(SealedRows& rows) {
  SealedValues values;
  for (auto& grant : rows.grants) values.push_back({&grant.sealed_refresh_token, context_of(grant), grant.email});
  return values;
}

struct World {
  MemoryKeys keys;
  MemoryVaultStore store;
  SeededRandom random;
  Vault vault{keys, store, random};
  Rekey rekey{store, random};
  const Secret next{std::string(32, 'n')};

  World() {
    for (const char* email : {"a@gmail.test", "b@gmail.test"}) {
      GrantRecord grant;
      grant.id = GrantId(static_cast<std::int64_t>(store.rows.grants.size()) + 1);
      grant.email = email;
      grant.sealed_refresh_token = vault.seal(Secret(email), context_of(grant)).value();
      store.rows.grants.push_back(grant);
    }
    store.rows.grants.emplace_back();  // one without tokens
  }
  const Secret& key() { return *keys.key; }

  // Every token opens with `key`, as a process that starts now would find it.
  bool all_open_with(const Secret& key) {
    const auto data = unwrap(store.row, key);
    for (auto& value : values_of(store.rows)) {
      if (value.sealed->empty()) continue;
      const auto plain = data ? open_value(*data, *value.sealed, value.context) : std::nullopt;
      if (!plain || plain->reveal() != value.owner) return false;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("while one key takes the other's place both open the store") {
  World world;
  REQUIRE(world.rekey.add(world.key(), world.next));
  CHECK(world.all_open_with(world.key()));
  CHECK(world.all_open_with(world.next));
  REQUIRE(world.rekey.keep_only(world.next));
  CHECK(world.all_open_with(world.next));
  CHECK(unwrap(world.store.row, world.key()).error().code == Code::config);
}

TEST_CASE("a key that opens the store already is added once") {
  World world;
  REQUIRE(world.rekey.add(world.key(), world.next));
  const std::string wrapped = world.store.row.wrapped_key;
  REQUIRE(world.rekey.add(world.key(), world.next));
  CHECK(world.store.row.wrapped_key == wrapped);
}

TEST_CASE("changes that were never finished do not pile up") {
  World world;
  for (int i = 0; i < 20; ++i) REQUIRE(world.rekey.add(world.key(), Secret(world.random.bytes(32))));
  CHECK(world.all_open_with(world.key()));
  CHECK(world.rekey.keep_only(world.key()));
}

TEST_CASE("attack 50: a key that is not the store's can add none and drop none") {
  World world;
  const std::string wrapped = world.store.row.wrapped_key;
  const Secret wrong(std::string(32, 'w'));
  CHECK(world.rekey.add(wrong, world.next).error().code == Code::config);
  CHECK(world.rekey.keep_only(wrong).error().code == Code::config);
  CHECK(world.rekey.renew_data_key(wrong, values_of, Time()).error().code == Code::config);
  CHECK(world.store.row.wrapped_key == wrapped);
}

TEST_CASE("a new data key leaves every value readable, and only with it") {
  World world;
  const SealedRows before = world.store.rows;
  const VaultRow row = world.store.row;
  const auto resealed = world.rekey.renew_data_key(world.key(), values_of, from_unix_millis(5000));
  REQUIRE(resealed);
  CHECK(resealed->count == 2);
  CHECK(resealed->unreadable.empty());
  CHECK(world.all_open_with(world.key()));
  CHECK(world.store.row.changed == from_unix_millis(5000));
  const DataKey old = unwrap(row, world.key()).value();
  for (auto& value : values_of(world.store.rows)) CHECK_FALSE(open_value(old, *value.sealed, value.context));
  CHECK(world.store.rows.grants[2].sealed_refresh_token.empty());
}

TEST_CASE("a damaged value is named and hinders none of the others") {
  World world;
  std::string& damaged = world.store.rows.grants[0].sealed_refresh_token;
  damaged.back() ^= 1;
  const std::string as_it_was = damaged;
  const auto resealed = world.rekey.renew_data_key(world.key(), values_of, Time());
  REQUIRE(resealed);
  CHECK(resealed->count == 1);
  CHECK(resealed->unreadable == std::vector<std::string>{"refresh token of a@gmail.test"});
  CHECK(world.store.rows.grants[0].sealed_refresh_token == as_it_was);
  CHECK(data_key_of(world.store.rows.grants[1].sealed_refresh_token) != data_key_of(as_it_was));
}

TEST_CASE("a store that cannot be written keeps its keys and values") {
  World world;
  world.store.writable = false;
  CHECK(world.rekey.add(world.key(), world.next).error().code == Code::store);
  CHECK(world.rekey.renew_data_key(world.key(), values_of, Time()).error().code == Code::store);
  CHECK(world.all_open_with(world.key()));
}

TEST_CASE("another process that changes the keys meanwhile wins, and nothing is lost") {
  World world;
  world.store.after_load = [&] { REQUIRE(world.rekey.renew_data_key(world.key(), values_of, Time())); };
  CHECK(world.rekey.renew_data_key(world.key(), values_of, Time()).error().code == Code::busy);
  CHECK(world.all_open_with(world.key()));
}

TEST_CASE("attack 48: a row of wrappings with anything cut, added or repeated does not open or opens rightly") {
  World world;
  REQUIRE(world.rekey.add(world.key(), world.next));
  const VaultRow good = world.store.row;
  const auto check = [&](const std::string& wrapped) {
    VaultRow bad = good;
    bad.wrapped_key = wrapped;
    const auto data = unwrap(bad, world.key());
    if (data) CHECK(data->key == unwrap(good, world.key())->key);
  };
  for (std::size_t size = 0; size < good.wrapped_key.size(); ++size) check(good.wrapped_key.substr(0, size));
  check(good.wrapped_key + '\0');
  check(good.wrapped_key + good.wrapped_key + good.wrapped_key);
  for (std::size_t bit = 0; bit < good.wrapped_key.size() * 8; ++bit) {
    std::string bad = good.wrapped_key;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    check(bad);
  }
}

TEST_CASE("what was destroyed does not open with any key") {
  World world;
  const auto work = [](SealedRows& rows) {
    for (auto& value : values_of(rows)) value.sealed->clear();
    return Status();
  };
  REQUIRE(world.rekey.destroy(work, Time()));
  CHECK(world.store.row.wrapped_key.empty());
  CHECK_FALSE(world.rekey.is_used().value());
  CHECK_FALSE(unwrap(world.store.row, world.key()));
}
