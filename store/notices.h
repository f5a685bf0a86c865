// Notices (core/ports/notices.h states its contract) over mail.db. The Database must outlive it.
#pragma once

#include "core/ports/notices.h"
#include "store/database.h"

namespace mailmgr::store {

class SqliteNotices final : public Notices {
 public:
  explicit SqliteNotices(Database& db) : db_(db) {}

  Result<std::optional<Notice>> last(AccountId account) override;
  Status tell(AccountId account, const Notice& notice) override;

 private:
  Database& db_;
};

}  // namespace mailmgr::store
