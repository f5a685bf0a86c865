#include "store/annotations.h"

namespace mailmgr::store {

void detach_annotation(Database& db, std::int64_t message) {
  {
    auto kept = db.sql("SELECT 1 FROM annotation WHERE message = ?");
    if (!kept.bind(message).step()) return;
  }
  db.sql(
        "UPDATE annotation SET message = NULL, (remote_id, message_id) ="
        " (SELECT remote_id, message_id FROM message WHERE id = ?1) WHERE message = ?1")
      .bind(message)
      .run();
  // A provider may bring a message under a new id before the old one goes.
  std::int64_t copy = 0;
  {
    auto other = db.sql(
        "SELECT c.id FROM message m JOIN message c ON c.message_id = m.message_id AND c.account = m.account"
        " WHERE m.id = ?1 AND m.message_id <> '' AND c.id <> m.id AND c.stored > 0"
        " AND NOT EXISTS (SELECT 1 FROM annotation a WHERE a.message = c.id) ORDER BY c.id DESC LIMIT 1");
    if (!other.bind(message).step()) return;
    copy = other.integer(0);
  }
  attach_annotation(db, copy);
}

bool any_annotation_waits(Database& db, AccountId account) {
  auto row = db.sql("SELECT 1 FROM annotation WHERE account = ? AND message IS NULL LIMIT 1");
  return row.bind(account).step();
}

void attach_annotation(Database& db, std::int64_t message) {
  // The id at the provider says most: copies of a message share the Message-ID.
  db.sql(
        "UPDATE OR IGNORE annotation SET message = ?1, remote_id = '', message_id = '' WHERE id ="
        " (SELECT id FROM (SELECT a.id, 0 AS rank FROM message m JOIN annotation a ON a.message IS NULL"
        " AND a.account = m.account AND a.remote_id = m.remote_id WHERE m.id = ?1 UNION ALL"
        " SELECT a.id, 1 FROM message m JOIN annotation a ON a.message IS NULL AND a.account = m.account"
        " AND a.message_id = m.message_id WHERE m.id = ?1 AND m.message_id <> '') ORDER BY rank, id LIMIT 1)")
      .bind(message)
      .run();
}

}  // namespace mailmgr::store
