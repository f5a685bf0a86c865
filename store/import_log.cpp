#include "store/import_log.h"

#include "core/mail/text.h"
#include "store/annotations.h"

namespace mailmgr::store {
namespace {

constexpr std::size_t kMostIndexedOfNote = std::size_t{64} << 10;  // as SqliteNoteStore

std::optional<ImportedRow> read_imported(Sql& row) {
  if (!row.step()) return std::nullopt;
  ImportedRow imported{row.text(0), row.time(1), std::nullopt};
  if (!row.is_null(2)) imported.remote_id = RemoteId(row.text(2));
  return imported;
}

}  // namespace

Result<std::optional<ImportedRow>> SqliteImportLog::find(AccountId account, std::string_view sha256) {
  return db_.read("looking up what was imported", [&] {
    auto row = db_.sql("SELECT message_id, begun, remote_id FROM imported WHERE account = ? AND sha256 = ?");
    return read_imported(row.bind(account, Bytes{sha256}));
  });
}

Result<bool> SqliteImportLog::brought(AccountId account, std::string_view message_id, const RemoteId& remote_id) {
  return db_.read("looking up what was imported", [&] {
    auto row = db_.sql("SELECT 1 FROM imported WHERE account = ? AND message_id = ? AND remote_id = ? LIMIT 1");
    return row.bind(account, message_id, remote_id).step();
  });
}

Status SqliteImportLog::begin(AccountId account, std::string_view sha256, std::string_view message_id, Time now) {
  return db_.write("noting an import", [&] {
    db_.sql(
           "INSERT INTO imported (account, sha256, message_id, begun, remote_id) VALUES (?, ?, ?, ?, NULL)"
           " ON CONFLICT (account, sha256) DO UPDATE SET begun = excluded.begun")
        .bind(account, Bytes{sha256}, message_id, now)
        .run();
  });
}

Status SqliteImportLog::done(AccountId account, std::string_view sha256, const RemoteId& remote_id,
                             const KeptNotes& notes, Time now) {
  return db_.write("noting an import", [&] {
    db_.sql("UPDATE imported SET remote_id = ?3 WHERE account = ?1 AND sha256 = ?2")
        .bind(account, Bytes{sha256}, remote_id)
        .run();
    std::string message_id;
    {
      auto row = db_.sql("SELECT message_id FROM imported WHERE account = ? AND sha256 = ?");
      if (row.bind(account, Bytes{sha256}).step()) message_id = row.text(0);
    }
    if (!notes.empty()) keep_notes(account, remote_id, message_id, notes, now);
  });
}

Status SqliteImportLog::forget(AccountId account, std::string_view sha256) {
  return db_.write("noting an import", [&] {
    db_.sql("DELETE FROM imported WHERE account = ? AND sha256 = ? AND remote_id IS NULL")
        .bind(account, Bytes{sha256})
        .run();
  });
}

// They wait for the message as those of a message whose row went, and are its own at once where a sync was faster.
void SqliteImportLog::keep_notes(AccountId account, const RemoteId& remote_id, std::string_view message_id,
                                 const KeptNotes& notes, Time now) {
  const int todo = !notes.todo ? 0 : notes.todo->done ? kDoneTodo : kOpenTodo;
  std::optional<Time> changed, due, added, done;
  if (notes.note) changed = now;
  if (notes.todo) {
    due = notes.todo->due;
    added = notes.todo->added;
    done = notes.todo->done;
  }
  db_.sql(
         "INSERT INTO annotation (account, remote_id, message_id, note, note_changed, todo, due, added, done)"
         " VALUES (?, ?, ?, ?, coalesce(?, 0), ?, ?, ?, ?)")
      .bind(account, remote_id, message_id, notes.note, changed, todo, due, added, done)
      .run();
  if (notes.note) {
    const auto row = db_.last_id();
    db_.sql("INSERT OR REPLACE INTO note_search (rowid, note) VALUES (?, ?)")
        .bind(row, for_index(*notes.note, kMostIndexedOfNote))
        .run();
  }
  std::int64_t message = 0;
  {
    auto stored = db_.sql("SELECT id FROM message WHERE account = ? AND remote_id = ? AND stored > 0");
    if (stored.bind(account, remote_id).step()) message = stored.integer(0);
  }
  if (message != 0) attach_annotation(db_, message);
}

}  // namespace mailmgr::store
