// LocalDraftStore (core/ports/writing_store.h states its contract) over mail.db. The Database must outlive it.
#pragma once

#include "core/ports/writing_store.h"
#include "store/database.h"
#include "store/hidden.h"

namespace mailmgr::store {

class SqliteLocalDraftStore final : public LocalDraftStore {
 public:
  SqliteLocalDraftStore(Database& db, const Hidden& hidden) : db_(db), hidden_(hidden) {}
  Result<LocalDraftId> create(const LocalDraft& draft, std::string_view content) override;
  Result<std::int64_t> save_version(const LocalDraft& draft, std::string_view content) override;
  Result<std::optional<SavedDraft>> latest(LocalDraftId id) override;
  Result<std::optional<LocalDraftVersion>> version(LocalDraftId id, std::int64_t version) override;
  Result<std::vector<LocalDraftVersion>> versions(LocalDraftId id) override;
  Result<std::vector<LocalDraft>> list() override;
  Result<bool> remove(LocalDraftId id) override;

 private:
  Database& db_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
