// SavedSearches (core/ports/saved_searches.h) over mail.db. The Database must outlive it.
#pragma once

#include "core/ports/saved_searches.h"
#include "store/database.h"

namespace mailmgr::store {

class SqliteSavedSearches final : public SavedSearches {
 public:
  explicit SqliteSavedSearches(Database& db) : db_(db) {}
  Status put(const SavedSearch& search) override;
  Result<std::optional<SavedSearch>> find(std::string_view name) override;
  Result<std::vector<SavedSearch>> list() override;
  Result<bool> remove(std::string_view name) override;

 private:
  Database& db_;
};

}  // namespace mailmgr::store
