// The stores of what a person writes with (core/ports/writing_store.h states their contracts) over mail.db. The
// Database must outlive them.
#pragma once

#include "core/ports/writing_store.h"
#include "store/database.h"
#include "store/hidden.h"

namespace mailmgr::store {

class SqliteTemplateStore final : public TemplateStore {
 public:
  explicit SqliteTemplateStore(Database& db) : db_(db) {}
  Status put(const NamedTemplate& named) override;
  Result<std::optional<NamedTemplate>> find(std::string_view name) override;
  Result<std::vector<NamedTemplate>> list() override;
  Result<bool> remove(std::string_view name) override;

 private:
  Database& db_;
};

class SqliteSignatureStore final : public SignatureStore {
 public:
  SqliteSignatureStore(Database& db, const Hidden& hidden) : db_(db), hidden_(hidden) {}
  Status put(const NamedSignature& named) override;
  Result<std::optional<NamedSignature>> find(std::string_view name) override;
  Result<std::vector<NamedSignature>> list() override;
  Result<bool> remove(std::string_view name) override;

 private:
  bool is_hidden(const NamedSignature& signature) const;

  Database& db_;
  const Hidden& hidden_;
};

class SqliteSignatureDefaults final : public SignatureDefaults {
 public:
  explicit SqliteSignatureDefaults(Database& db) : db_(db) {}
  Status put(const SignatureDefault& value) override;
  Status remove(AccountId account, std::string_view address) override;
  Result<std::vector<SignatureDefault>> list() override;

 private:
  Database& db_;
};

class SqliteAliasStore final : public AliasStore {
 public:
  explicit SqliteAliasStore(Database& db) : db_(db) {}
  Status replace(AccountId account, const std::vector<Alias>& aliases) override;
  Result<std::vector<Alias>> list() override;

 private:
  Database& db_;
};

}  // namespace mailmgr::store
