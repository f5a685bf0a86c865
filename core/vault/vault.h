// The vault keeps stored tokens unreadable for whoever reads the store without the key, and unusable when they were
// moved or changed. A random data key seals every value with AES-256-GCM; the data key itself is stored wrapped by the
// key from `Keys`. What a value belongs to (grant, provider, client, origins, kind, this very store) is authenticated
// with it, so a row copied elsewhere does not open. An older copy of the same row does: AEAD cannot tell.
//
// The vault borrows everything it is given. Nothing is loaded before the first seal() or open(), so that what needs no
// secrets (listing accounts) needs no key. Safe to use from several threads.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/secret.h"
#include "core/ports/account_stores.h"
#include "core/ports/keys.h"
#include "core/ports/random.h"

namespace mailmgr {

enum class SealKind { access_token, refresh_token, client_secret, private_key };

// What a sealed value belongs to. Opening needs exactly the context it was sealed with.
struct SealContext {
  GrantId grant;  // 0 for what belongs to no grant
  std::string provider;
  std::string client_id;
  std::string origins;
  SealKind kind = SealKind::access_token;
};

class Vault {
 public:
  Vault(Keys& keys, VaultStore& store, Random& random) : keys_(keys), store_(store), random_(random) {}

  // Proves that sealing and opening will work, making the key and the data key if there are none yet; call it before
  // asking a person for anything whose result must be sealed. Code::config: no key, or another key than the stored data
  // was sealed with. Code::store: the stored data key is damaged or cannot be written.
  Status prepare();

  // Prepares first if need be; the errors are those of prepare().
  Result<std::string> seal(const Secret& value, const SealContext& context);

  // Errors are those of prepare(), but no key is ever made; Code::store when `sealed` is damaged, was sealed for
  // another context, or with another data key.
  Result<Secret> open(std::string_view sealed, const SealContext& context);

 private:
  struct DataKey {
    std::string id;  // which key a value was sealed with; not secret
    Secret key;
    std::string store_uuid;
  };

  Result<const DataKey*> unlock(bool create);
  Result<DataKey> make_data_key(const VaultRow& row);
  Result<DataKey> unwrap(const VaultRow& row, const Secret& key) const;

  Keys& keys_;
  VaultStore& store_;
  Random& random_;
  std::mutex mutex_;
  std::optional<DataKey> data_key_;
};

}  // namespace mailmgr
