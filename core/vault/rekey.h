// Changing the keys of a store. Every step leaves a store that opens with the key that is configured at that moment, so
// a run that is killed anywhere costs nothing: first the new key is made to open the store too, then it takes the old
// one's place where keys come from (core/flow/key_change.h), then the old one stops opening it.
//
// Callers hold the lease `vault`. Errors: Code::config when a key is not the store's; Code::store; Code::busy when
// another process changed the keys all the same.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/vault/sealed_value.h"

namespace mailmgr {

// A sealed value in a row, empty if there is none.
struct SealedValue {
  std::string* sealed;
  SealContext context;
  std::string owner;  // for people: an address, a provider's name
};
using SealedValues = std::vector<SealedValue>;
using ListSealedValues = SealedValues (*)(SealedRows&);

struct Resealed {
  std::size_t count = 0;
  std::vector<std::string> unreadable;  // for people; left as they were
};

class Rekey {
 public:
  Rekey(VaultStore& store, Random& random) : store_(store), random_(random) {}

  // Whether a data key is stored at all; without one there is nothing to change.
  Result<bool> is_used();
  // Whether `key` opens the store.
  Status opens(const Secret& key);
  // From now on `key` opens the store too. `present` does already.
  Status add(const Secret& present, const Secret& key);
  // No other key opens the store any more.
  Status keep_only(const Secret& key);
  // Another data key, wrapped by `key`, which opens the store now; every value that opens is sealed again with it and
  // proven to open, all in one transaction.
  Result<Resealed> renew_data_key(const Secret& key, ListSealedValues list, Time now);
  // Forgets the data key and runs `work` over the rows: nothing that was sealed opens ever again.
  Status destroy(const VaultStore::RowWork& work, Time now);

 private:
  VaultStore& store_;
  Random& random_;
};

}  // namespace mailmgr
