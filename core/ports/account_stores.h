// The stores behind tokens.db: providers, grants and accounts. Every write is one durable transaction of its own
// (synchronous=FULL). All errors are Code::store unless said otherwise.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

class ProviderStore {
 public:
  virtual ~ProviderStore() = default;
  virtual Status put(const ProviderConfig& config) = 0;  // inserts or replaces by name
  virtual Result<std::optional<ProviderConfig>> find(std::string_view name) = 0;
  virtual Result<std::vector<ProviderConfig>> list() = 0;  // by name
  virtual Status remove(std::string_view name) = 0;
};

class GrantStore {
 public:
  virtual ~GrantStore() = default;
  // Reserves a row, so that its id can be part of the tokens' seal before the tokens are written.
  virtual Result<GrantId> create(const GrantRecord& grant) = 0;
  virtual Result<std::optional<GrantRecord>> find(GrantId id) = 0;
  virtual Result<std::vector<GrantRecord>> list() = 0;  // by id
  // Replaces everything but the id. Writes only if the stored generation is still `grant.generation`, and stores
  // generation + 1; false when another process was faster.
  virtual Result<bool> update(const GrantRecord& grant) = 0;
  virtual Status remove(GrantId id) = 0;
};

class AccountStore {
 public:
  virtual ~AccountStore() = default;
  // Adds an account; the first one becomes the default. Code::usage when the name is taken.
  virtual Result<AccountId> add(const AccountRecord& account) = 0;
  virtual Status update(const AccountRecord& account) = 0;  // by id; Code::usage when the new name is taken
  virtual Result<std::vector<AccountRecord>> list() = 0;    // by id, disconnected ones included
  virtual Status set_default(AccountId id) = 0;
  // Leaves no trace of it, nor of grants removed before, in the file.
  virtual Status remove(AccountId id) = 0;
};

// What binds ciphertext to this store, and the wrapped data key (core/vault).
struct VaultRow {
  std::string store_uuid;   // 16 random bytes, made with the database
  std::string wrapped_key;  // empty until the vault is first used
};

class VaultStore {
 public:
  virtual ~VaultStore() = default;
  virtual Result<VaultRow> load() = 0;
  // Saves the wrapped key if there is none yet; false when another process was faster (then load again).
  virtual Result<bool> save_first_key(std::string_view wrapped_key) = 0;
};

}  // namespace mailmgr
