// The stores over tokens.db (core/ports/account_stores.h states their contracts). They share one Database, which must
// outlive them.
#pragma once

#include "core/ports/account_stores.h"
#include "store/database.h"

namespace mailmgr::store {

class SqliteProviderStore final : public ProviderStore {
 public:
  explicit SqliteProviderStore(Database& db) : db_(db) {}
  Status put(const ProviderConfig& config) override;
  Result<std::optional<ProviderConfig>> find(std::string_view name) override;
  Result<std::vector<ProviderConfig>> list() override;
  Status remove(std::string_view name) override;

 private:
  Database& db_;
};

class SqliteGrantStore final : public GrantStore {
 public:
  explicit SqliteGrantStore(Database& db) : db_(db) {}
  Result<GrantId> create(const GrantRecord& grant) override;
  Result<std::optional<GrantRecord>> find(GrantId id) override;
  Result<std::vector<GrantRecord>> list() override;
  Result<bool> update(const GrantRecord& grant) override;
  Status remove(GrantId id) override;

 private:
  Database& db_;
};

class SqliteAccountStore final : public AccountStore {
 public:
  explicit SqliteAccountStore(Database& db) : db_(db) {}
  Result<AccountId> add(const AccountRecord& account) override;
  Status update(const AccountRecord& account) override;
  Result<std::vector<AccountRecord>> list() override;
  Status begin_purge(AccountId id) override;
  Result<std::vector<AccountRecord>> purging() override;
  Status set_default(AccountId id) override;
  Status remove(AccountId id) override;

 private:
  std::vector<AccountRecord> accounts_where(std::string_view condition);

  Database& db_;
};

class SqliteVaultStore final : public VaultStore {
 public:
  explicit SqliteVaultStore(Database& db) : db_(db) {}
  Result<VaultRow> load() override;
  Result<bool> save_key(std::string_view before, std::string_view after) override;
  Result<bool> save_key_and_rows(std::string_view before, std::string_view after, Time changed,
                                 const RowWork& work) override;
  Status scrub() override;

 private:
  Database& db_;
};

}  // namespace mailmgr::store
