// The data key as the store keeps it: wrapped by the key from `Keys`, or by two keys while one takes the other's place.
// Each wrapping is
//   version, key check, data key id, nonce, encrypted data key, tag
// The key check is a hash that only the right key gives: it tells a wrong key from damage.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/vault/sealed_value.h"

namespace mailmgr {

// A fresh data key for this store.
DataKey make_data_key(const VaultRow& row, Random& random);

// One wrapping. Code::config for a key that is not 32 bytes long.
Result<std::string> wrap(const DataKey& data, const Secret& key, Random& random);

// The data key, from whichever of the row's wrappings `key` opens. Code::config when it is the key of none of them;
// Code::store when the row is damaged.
Result<DataKey> unwrap(const VaultRow& row, const Secret& key);

// The wrappings that `key` opens, alone.
Result<std::string> only_wrappings_of(const VaultRow& row, const Secret& key);

Error damaged_data_key();
Error encryption_failed();  // of OpenSSL: nothing a person did

}  // namespace mailmgr
