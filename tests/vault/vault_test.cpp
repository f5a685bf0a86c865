#include "core/vault/vault.h"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "core/vault/rekey.h"
#include "tests/support/fakes.h"
#include "tests/vault/vault_world.h"

using namespace mailmgr;
using namespace mailmgr::test;

namespace {

SealContext sample_context() {
  return {GrantId(7), "google", "client-1", "https://login.test https://api.test", SealKind::refresh_token};
}

SealedValues no_values(SealedRows&) {
  return {};
}

struct Sealing {
  MemoryKeys keys;
  MemoryVaultStore store;
  SeededRandom random;
  Vault vault{keys, store, random};

  std::string sealed(std::string_view value = "1//refresh", const SealContext& context = sample_context()) {
    return vault.seal(Secret(value), context).value();
  }
};

}  // namespace

TEST_CASE("a sealed value opens again with the context it was sealed with") {
  Sealing world;
  const std::string sealed = world.sealed("1//refresh");
  CHECK(sealed.find("refresh") == std::string::npos);
  CHECK(world.vault.open(sealed, sample_context()).value().reveal() == "1//refresh");
  CHECK(world.vault.open(world.sealed(""), sample_context()).value().empty());
}

TEST_CASE("a second process opens what the first one sealed") {
  Sealing world;
  const std::string sealed = world.sealed();
  Vault later(world.keys, world.store, world.random);
  CHECK(later.open(sealed, sample_context()).value().reveal() == "1//refresh");
}

TEST_CASE("the same value never gives the same ciphertext twice") {
  Sealing world;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(world.sealed());
  CHECK(seen.size() == 100);
}

TEST_CASE("making a vault loads no key, and the key is loaded only once") {
  Sealing world;
  CHECK(world.keys.loads == 0);
  world.sealed();
  world.sealed();
  CHECK(world.keys.loads == 1);
}

TEST_CASE("attack 48: a flipped bit anywhere in a sealed value is noticed and spares the others") {
  Sealing world;
  const std::string good = world.sealed();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto opened = world.vault.open(bad, sample_context());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Code::store);
    CHECK(opened.error().hint == "log in again: mailmgr login google");
  }
  CHECK(world.vault.open(good, sample_context()).has_value());
}

TEST_CASE("attack 48: a cut or lengthened value does not open") {
  Sealing world;
  const std::string good = world.sealed();
  for (std::size_t size = 0; size < good.size(); ++size)
    CHECK_FALSE(world.vault.open(good.substr(0, size), sample_context()));
  CHECK_FALSE(world.vault.open(good + '\0', sample_context()));
}

TEST_CASE("attack 48: a value does not open in any other context than its own") {
  Sealing world;
  const std::string sealed = world.sealed();
  std::vector<SealContext> others(6, sample_context());
  others[0].grant = GrantId(8);  // another grant's row
  others[1].provider = "contoso";
  others[2].client_id = "client-2";
  others[3].origins = "https://evil.test https://api.test";
  others[4].kind = SealKind::access_token;
  others[5].provider = "googleclient";  // the same bytes, divided otherwise
  others[5].client_id = "-1";
  for (const auto& other : others) CHECK_FALSE(world.vault.open(sealed, other));
}

TEST_CASE("attack 49: tokens of two grants that were swapped in the store do not open") {
  Sealing world;
  SealContext mine = sample_context();
  SealContext theirs = sample_context();
  theirs.grant = GrantId(9);
  const std::string my_row = world.sealed("mine", mine);
  const std::string their_row = world.sealed("theirs", theirs);
  CHECK_FALSE(world.vault.open(their_row, mine));
  CHECK_FALSE(world.vault.open(my_row, theirs));
}

TEST_CASE("attack 50: a wrong key is told from damage, and overwrites nothing") {
  Sealing world;
  const std::string sealed = world.sealed();
  const std::string wrapped = world.store.row.wrapped_key;
  world.keys.key = Secret(std::string(32, 'x'));
  Vault later(world.keys, world.store, world.random);

  const auto opened = later.open(sealed, sample_context());
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code == Code::config);
  CHECK(opened.error().message.find("not the one") != std::string::npos);
  CHECK_FALSE(opened.error().hint.empty());
  CHECK(later.prepare().error().code == Code::config);
  CHECK(later.seal(Secret("new"), sample_context()).error().code == Code::config);
  CHECK(world.store.row.wrapped_key == wrapped);
}

TEST_CASE("a damaged data key is told from a wrong key") {
  Sealing world;
  world.sealed();
  world.store.row.wrapped_key.back() ^= 1;
  Vault later(world.keys, world.store, world.random);
  const Status ready = later.prepare();
  REQUIRE_FALSE(ready);
  CHECK(ready.error().code == Code::store);
  CHECK(ready.error().message.find("damaged") != std::string::npos);
}

TEST_CASE("no bit of the stored data key can be flipped so that a wrong one is used") {
  Sealing world;
  const std::string sealed = world.sealed();
  const std::string good = world.store.row.wrapped_key;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    world.store.row.wrapped_key = good;
    world.store.row.wrapped_key[bit / 8] = static_cast<char>(good[bit / 8] ^ (1 << (bit % 8)));
    Vault later(world.keys, world.store, world.random);
    const auto opened = later.open(sealed, sample_context());
    // Only the key check is not needed where the data key opens all the same.
    if (opened) CHECK(opened->reveal() == "1//refresh");
    const std::size_t byte = bit / 8;
    CHECK(opened.has_value() == (byte >= 1 && byte < 17));
  }
}

TEST_CASE("a data key does not open in another database") {
  Sealing world;
  world.sealed();
  world.store.row.store_uuid = std::string(16, 'v');
  Vault later(world.keys, world.store, world.random);
  CHECK_FALSE(later.prepare());
}

TEST_CASE("a lost key is reported and never replaced by a new one") {
  Sealing world;
  const std::string sealed = world.sealed();
  world.keys.key.reset();
  Vault later(world.keys, world.store, world.random);
  CHECK(later.open(sealed, sample_context()).error().code == Code::config);
  CHECK(later.seal(Secret("new"), sample_context()).error().code == Code::config);
  CHECK_FALSE(world.keys.key.has_value());
}

TEST_CASE("opening makes no key where none was ever made") {
  Sealing world;
  CHECK_FALSE(world.vault.open("anything", sample_context()));
  CHECK_FALSE(world.keys.key.has_value());
  CHECK(world.store.row.wrapped_key.empty());
}

TEST_CASE("a store that cannot be written is found out before anything is sealed") {
  Sealing world;
  world.store.writable = false;
  CHECK(world.vault.prepare().error().code == Code::store);
}

TEST_CASE("two processes that start together end with one data key") {
  Sealing first;
  const std::string theirs = first.sealed();
  Sealing second;
  second.random.bytes(64);  // or both would make the same key
  second.store.rival = first.store.row.wrapped_key;
  REQUIRE(second.vault.prepare());
  CHECK(second.vault.open(theirs, sample_context()).value().reveal() == "1//refresh");
}

TEST_CASE("a key of the wrong length is a setting to correct") {
  Sealing world;
  world.keys.key = Secret("short");
  CHECK(world.vault.prepare().error().code == Code::config);
}

TEST_CASE("before sealing the vault looks whether another process replaced the data key") {
  Sealing world;
  const std::string before = world.sealed();
  REQUIRE(Rekey(world.store, world.random).renew_data_key(*world.keys.key, no_values, Time()));
  const std::string after = world.sealed();
  CHECK(data_key_of(after) != data_key_of(before));
  // What this process read earlier still opens here, and what it seals now opens elsewhere.
  CHECK(world.vault.open(before, sample_context()).value().reveal() == "1//refresh");
  Vault later(world.keys, world.store, world.random);
  CHECK(later.open(after, sample_context()).value().reveal() == "1//refresh");
  CHECK(later.open(before, sample_context()).error().code == Code::store);
}

TEST_CASE("a value that another process sealed with a new data key opens") {
  Sealing world;
  world.sealed();
  REQUIRE(Rekey(world.store, world.random).renew_data_key(*world.keys.key, no_values, Time()));
  Vault other(world.keys, world.store, world.random);
  const std::string sealed = other.seal(Secret("new"), sample_context()).value();
  CHECK(world.vault.open(sealed, sample_context()).value().reveal() == "new");
}

TEST_CASE("a key that is replaced between reading the row and the key is no wrong key") {
  Sealing world;
  const std::string sealed = world.sealed();
  Vault later(world.keys, world.store, world.random);
  world.store.after_load = [&] {
    Rekey rekey(world.store, world.random);
    const Secret next(std::string(32, 'n'));
    REQUIRE(rekey.add(*world.keys.key, next));
    world.keys.key = next;
    REQUIRE(rekey.keep_only(next));
  };
  CHECK(later.open(sealed, sample_context()).value().reveal() == "1//refresh");
}

TEST_CASE("a vault that was unlocked opens what it read, whatever happens to the keys") {
  Sealing world;
  const std::string sealed = world.sealed();
  Vault later(world.keys, world.store, world.random);
  REQUIRE(later.unlock());
  REQUIRE(Rekey(world.store, world.random).renew_data_key(*world.keys.key, no_values, Time()));
  CHECK(later.open(sealed, sample_context()).has_value());
}

TEST_CASE("unlocking makes no key") {
  Sealing world;
  CHECK_FALSE(world.vault.unlock());
  CHECK_FALSE(world.keys.key.has_value());
  CHECK(world.store.row.wrapped_key.empty());
}

TEST_CASE("after the keys were destroyed the vault starts anew") {
  Sealing world;
  const std::string sealed = world.sealed();
  REQUIRE(Rekey(world.store, world.random).destroy([](SealedRows&) { return Status(); }, Time()));
  const std::string fresh = world.sealed();
  Vault later(world.keys, world.store, world.random);
  CHECK(later.open(fresh, sample_context()).has_value());
  CHECK_FALSE(later.open(sealed, sample_context()));
}
