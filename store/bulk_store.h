// BulkStore and SuppressionStore (core/ports/bulk_store.h states their contracts) over mail.db. The Database and the
// outbox must outlive them.
#pragma once

#include "core/ports/bulk_store.h"
#include "store/database.h"
#include "store/outbox_store.h"

namespace mailmgr::store {

class SqliteBulkStore final : public BulkStore {
 public:
  SqliteBulkStore(Database& db, SqliteOutboxStore& outbox) : db_(db), outbox_(outbox) {}
  Result<BulkRun> begin(const BulkRun& run) override;
  Result<std::vector<BulkRun>> runs() override;
  Result<BulkTotals> totals(BulkId run) override;
  Status add(BulkId run, std::span<const NewBulkRow> rows) override;
  Result<std::vector<BulkRow>> rows(BulkId run, const BulkRow* behind, std::size_t limit) override;
  Status pace(BulkId run, Time start) override;

 private:
  void add_one(BulkId run, const NewBulkRow& added);

  Database& db_;
  SqliteOutboxStore& outbox_;
};

class SqliteSuppressionStore final : public SuppressionStore {
 public:
  explicit SqliteSuppressionStore(Database& db) : db_(db) {}
  Status add(const Suppression& suppression) override;
  Result<bool> remove(std::string_view address) override;
  Result<std::vector<Suppression>> list() override;
  Result<std::string> find(std::span<const std::string> addresses) override;

 private:
  Database& db_;
};

}  // namespace mailmgr::store
