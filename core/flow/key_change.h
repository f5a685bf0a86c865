// What `mailmgr key` does: looks at the key, replaces it, moves it to another source, or destroys it. All of them hold
// the lease `vault`, as setting up a provider does; a login or a refresh meanwhile notices and seals again. A run that
// is killed anywhere leaves a store that opens with the key that is configured.
//
// Errors: Code::config when the key cannot be had or is not the store's, store, busy when another run holds the lease.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/clock.h"
#include "core/ports/key_source.h"
#include "core/ports/leases.h"
#include "core/ports/random.h"

namespace mailmgr {

struct KeyWorld {
  VaultStore& vault;
  ProviderStore& providers;
  GrantStore& grants;
  Leases& leases;
  Clock& clock;
  Random& random;
};

struct KeyState {
  bool is_used = false;          // whether anything is sealed; until then a key of our own may be missing
  std::optional<Error> problem;  // why the key does not open the store
  // Only where it does:
  std::string data_key;                 // its id in hexadecimal, not secret
  std::size_t sealed = 0;               // values that open
  std::vector<std::string> unreadable;  // those that do not, for people
  std::optional<Time> changed;          // when the data key was last replaced
};
// Changes nothing. An error only when the store itself cannot be read or its keys are being changed.
Result<KeyState> inspect_keys(KeySource& source, const KeyWorld& world, const Stop& stop);

struct Rotated {
  bool key_replaced = false;  // false: another program keeps the key
  std::size_t resealed = 0;
  std::vector<std::string> unreadable;  // were damaged before, and stay so
};
// A fresh key where it is ours, and a fresh data key; everything is sealed again, and what was before is wiped. Nothing
// happens where nothing was ever sealed.
Result<Rotated> rotate_keys(KeySource& source, const KeyWorld& world, const Stop& stop);

// Makes `next` the source of the key: its key, made if it has none and is ours, opens the store before
// `switch_settings` is called, and the one of `present` no longer does after it. `present` need not work where the key
// of `next` opens the store already.
Status move_key(Keys& present, KeySource& next, const std::function<Status()>& switch_settings, const KeyWorld& world,
                const Stop& stop);

// Removes the key where it is ours, and everything sealed with it; needs no key. The addresses that must log in again.
Result<std::vector<std::string>> destroy_keys(KeySource& source, const KeyWorld& world, const Stop& stop);

}  // namespace mailmgr
