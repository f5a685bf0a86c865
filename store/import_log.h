// ImportLog (core/ports/import_log.h states its contract) over mail.db. The Database must outlive it.
#pragma once

#include "core/ports/import_log.h"
#include "store/database.h"

namespace mailmgr::store {

class SqliteImportLog final : public ImportLog {
 public:
  explicit SqliteImportLog(Database& db) : db_(db) {}
  Result<std::optional<ImportedRow>> find(AccountId account, std::string_view sha256) override;
  Result<bool> brought(AccountId account, std::string_view message_id, const RemoteId& remote_id) override;
  Status begin(AccountId account, std::string_view sha256, std::string_view message_id, Time now) override;
  Status done(AccountId account, std::string_view sha256, const RemoteId& remote_id, const KeptNotes& notes,
              Time now) override;
  Status forget(AccountId account, std::string_view sha256) override;

 private:
  void keep_notes(AccountId account, const RemoteId& remote_id, std::string_view message_id, const KeptNotes& notes,
                  Time now);

  Database& db_;
};

}  // namespace mailmgr::store
