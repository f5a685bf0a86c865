#include "store/suppression.h"

namespace mailmgr::store {

void suppress(Database& db, const Suppression& suppression) {
  db.sql("INSERT OR IGNORE INTO suppression (address, reason, added) VALUES (?, ?, ?)")
      .bind(suppression.address, suppression.reason, suppression.added)
      .run();
  db.sql(
        "UPDATE outbox SET state = 'cancelled', changed = ?2 WHERE bulk IS NOT NULL AND state IN ('queued',"
        " 'scheduled', 'failed') AND NOT dispatched AND"
        " instr(char(10) || lower(recipients) || char(10), char(10) || lower(?1) || char(10)) > 0")
      .bind(suppression.address, suppression.added)
      .run();
}

}  // namespace mailmgr::store
