// The vault keeps stored tokens unreadable for whoever reads the store without the key, and unusable when they were
// moved or changed. A random data key seals every value with AES-256-GCM; the data key itself is stored wrapped by the
// key from `Keys`. What a value belongs to (grant, provider, client, origins, kind, this very store) is authenticated
// with it, so a row copied elsewhere does not open. An older copy of the same row does: AEAD cannot tell.
//
// Another process may change the keys at any time (rekey.h). Before it seals, the vault looks whether its data key
// still is the stored one; a data key it once had goes on opening what was read before.
//
// The vault borrows everything it is given. Nothing is loaded before it is needed, so that what needs no secrets
// (listing accounts) needs no key. Safe to use from several threads.
#pragma once

#include <list>
#include <mutex>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/account_stores.h"
#include "core/ports/keys.h"
#include "core/ports/random.h"
#include "core/vault/sealed_value.h"

namespace mailmgr {

class Vault {
 public:
  Vault(Keys& keys, VaultStore& store, Random& random) : keys_(keys), store_(store), random_(random) {}

  // Proves that sealing and opening will work, making the key and the data key if there are none yet; call it before
  // asking a person for anything whose result must be sealed. Code::config: no key, or another key than the stored data
  // was sealed with. Code::store: the stored data key is damaged or cannot be written.
  Status prepare();

  // The same, but makes no key. What is sealed in rows that are read after this opens whatever other processes do to
  // the keys meanwhile.
  Status unlock();

  // Prepares first if need be; the errors are those of prepare().
  Result<std::string> seal(const Secret& value, const SealContext& context);

  // Errors are those of unlock(); Code::store when `sealed` is damaged, was sealed for another context, or with a data
  // key that is gone.
  Result<Secret> open(std::string_view sealed, const SealContext& context);

 private:
  Result<const DataKey*> current(bool create);
  // Both leave the row as it is stored.
  Result<DataKey> obtain(VaultRow& row, bool create);
  Result<DataKey> make_first(VaultRow& row);
  const DataKey* known(std::string_view id) const;

  Keys& keys_;
  VaultStore& store_;
  Random& random_;
  std::mutex mutex_;
  std::string wrapped_;           // what the current data key was unwrapped from
  std::list<DataKey> data_keys_;  // the current one first, then those it replaced in this process's life
};

}  // namespace mailmgr
