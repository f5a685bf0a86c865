// OutboxStore (core/ports/outbox_store.h states its contract) over mail.db. The Database and RawChunks must outlive it.
#pragma once

#include "core/ports/outbox_store.h"
#include "store/database.h"
#include "store/hidden.h"
#include "store/raw.h"

namespace mailmgr::store {

class SqliteOutboxStore final : public OutboxStore {
 public:
  SqliteOutboxStore(Database& db, RawChunks& raw, const Hidden& hidden) : db_(db), raw_(raw), hidden_(hidden) {}
  Result<Added> add(const OutboxRow& row, const Blob& mime) override;
  Status update(const OutboxRow& row) override;
  Result<std::optional<OutboxRow>> find(OutboxId id) override;
  Result<std::optional<OutboxRow>> find_key(AccountId account, std::string_view key) override;
  Result<Blob> mime(OutboxId id) override;
  Result<std::vector<OutboxRow>> rows(const OutboxSelection& selection) override;
  Status forget(Time messages, Time rows) override;

  // Within a transaction of the caller; these throw (see sql.h).
  OutboxId insert(const OutboxRow& row, const Blob& mime);
  void replace(const OutboxRow& row, const Blob& mime);
  std::optional<OutboxRow> get(OutboxId id);

 private:
  void save(const OutboxRow& row);

  Database& db_;
  RawChunks& raw_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
