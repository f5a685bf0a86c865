// The stores behind tokens.db: providers, grants and accounts. Every write is one durable transaction of its own
// (synchronous=FULL). All errors are Code::store unless said otherwise.
#pragma once

#include <functional>
#include <optional>
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
  // The account is going: list() has it no more, so that nothing finds it or its mail; purging() has, until remove().
  virtual Status begin_purge(AccountId id) = 0;
  virtual Result<std::vector<AccountRecord>> purging() = 0;
  virtual Status set_default(AccountId id) = 0;
  // Leaves no trace of it, nor of grants removed before, in the file.
  virtual Status remove(AccountId id) = 0;
};

// What binds ciphertext to this store, and the wrapped data key (core/vault).
struct VaultRow {
  std::string store_uuid;       // 16 random bytes, made with the database
  std::string wrapped_key;      // empty until the vault is first used
  std::optional<Time> changed;  // when the data key was last replaced; nullopt: never
};

// Every row that may hold sealed values.
struct SealedRows {
  std::vector<ProviderConfig> providers;
  std::vector<GrantRecord> grants;
};

class VaultStore {
 public:
  virtual ~VaultStore() = default;
  virtual Result<VaultRow> load() = 0;
  // Saves the wrapped key if the stored one still is `before` (empty: there is none yet); false when another process
  // was faster (then load again).
  virtual Result<bool> save_key(std::string_view before, std::string_view after) = 0;
  // The same, and in one transaction with it all rows as `work` leaves their sealed values and states. The generation
  // of every grant goes up, so that nobody who read one before writes over it. Nothing is written when `work` fails.
  using RowWork = std::function<Status(SealedRows&)>;
  virtual Result<bool> save_key_and_rows(std::string_view before, std::string_view after, Time changed,
                                         const RowWork& work) = 0;
  // Makes the database's files forget what was overwritten or removed. Code::try_later while others read them.
  virtual Status scrub() = 0;
};

}  // namespace mailmgr
