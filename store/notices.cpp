#include "store/notices.h"

namespace mailmgr::store {

Result<std::optional<Notice>> SqliteNotices::last(AccountId account) {
  return db_.read("reading what was told", [&]() -> std::optional<Notice> {
    auto row = db_.sql("SELECT told, told_at FROM sync_account WHERE account = ? AND told_at IS NOT NULL");
    if (!row.bind(account).step()) return std::nullopt;
    return Notice{row.text(0), row.time(1)};
  });
}

Status SqliteNotices::tell(AccountId account, const Notice& notice) {
  return db_.write("saving what was told", [&] {
    db_.sql(
           "INSERT INTO sync_account (account, told, told_at) VALUES (?1, ?2, ?3)"
           " ON CONFLICT DO UPDATE SET told = ?2, told_at = ?3")
        .bind(account, notice.trouble, notice.told)
        .run();
  });
}

}  // namespace mailmgr::store
