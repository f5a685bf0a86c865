#include "store/note_store.h"

#include <fmt/format.h>

#include "core/mail/text.h"
#include "store/annotations.h"

namespace mailmgr::store {
namespace {

constexpr std::size_t kMaxIndexed = std::size_t{64} << 10;

Todo read_todo(const Sql& row, int first) {
  Todo todo;
  todo.due = row.maybe_time(first);
  todo.added = row.time(first + 1);
  todo.done = row.maybe_time(first + 2);
  return todo;
}

}  // namespace

void SqliteNoteStore::check(MessageId id, std::string_view what) {
  auto row = db_.sql("SELECT account FROM message WHERE id = ? AND stored > 0");
  if (row.bind(id).step() && !hidden_.contains(AccountId(row.integer(0)))) return;
  throw Failure({Code::not_found, fmt::format("{} message {}: there is no such message", what, id.value),
                 "mailmgr list shows the messages there are"});
}

// The row that keeps what belongs to a message.
std::int64_t SqliteNoteStore::annotation(MessageId id) {
  {
    auto row = db_.sql("SELECT id FROM annotation WHERE message = ?");
    if (row.bind(id).step()) return row.integer(0);
  }
  db_.sql("INSERT INTO annotation (account, message) SELECT account, id FROM message WHERE id = ?").bind(id).run();
  return db_.last_id();
}

Status SqliteNoteStore::put_note(MessageId id, std::string_view text, Time now) {
  return db_.write("saving the note", [&] {
    check(id, "saving the note of");
    const auto row = annotation(id);
    {
      auto same = db_.sql("SELECT 1 FROM annotation WHERE id = ? AND note = ?");
      if (same.bind(row, text).step()) return;
    }
    db_.sql("UPDATE annotation SET note = ?2, note_changed = ?3 WHERE id = ?1").bind(row, text, now).run();
    db_.sql("INSERT OR REPLACE INTO note_search (rowid, note) VALUES (?, ?)")
        .bind(row, for_index(text, kMaxIndexed))
        .run();
    messages_.tell(id.value, ChangeEvent::changed);
  });
}

Result<std::optional<Note>> SqliteNoteStore::find_note(MessageId id) {
  return db_.read("reading the note", [&]() -> std::optional<Note> {
    check(id, "reading the note of");
    auto row = db_.sql("SELECT note, note_changed FROM annotation WHERE message = ? AND note IS NOT NULL");
    if (!row.bind(id).step()) return std::nullopt;
    return Note{row.text(0), row.time(1)};
  });
}

Result<bool> SqliteNoteStore::clear_note(MessageId id) {
  return db_.write("clearing the note", [&] {
    check(id, "clearing the note of");
    db_.sql("UPDATE annotation SET note = NULL, note_changed = 0 WHERE message = ? AND note IS NOT NULL")
        .bind(id)
        .run();
    if (db_.changed() == 0) return false;
    db_.sql("DELETE FROM note_search WHERE rowid = (SELECT id FROM annotation WHERE message = ?)").bind(id).run();
    db_.sql("DELETE FROM annotation WHERE message = ? AND todo = 0").bind(id).run();
    messages_.tell(id.value, ChangeEvent::changed);
    return true;
  });
}

Status SqliteNoteStore::put_todo(MessageId id, const Todo& todo) {
  return db_.write("saving the to-do", [&] {
    check(id, "saving the to-do of");
    const auto row = annotation(id);
    {
      auto before = db_.sql("SELECT due, added, done FROM annotation WHERE id = ? AND todo <> 0");
      if (before.bind(row).step() && read_todo(before, 0) == todo) return;
    }
    db_.sql("UPDATE annotation SET todo = ?2, due = ?3, added = ?4, done = ?5 WHERE id = ?1")
        .bind(row, todo.done ? kDoneTodo : kOpenTodo, todo.due, todo.added, todo.done)
        .run();
    messages_.tell(id.value, ChangeEvent::changed);
  });
}

Result<std::optional<Todo>> SqliteNoteStore::find_todo(MessageId id) {
  return db_.read("reading the to-do", [&]() -> std::optional<Todo> {
    check(id, "reading the to-do of");
    auto row = db_.sql("SELECT due, added, done FROM annotation WHERE message = ? AND todo <> 0");
    if (!row.bind(id).step()) return std::nullopt;
    return read_todo(row, 0);
  });
}

Result<std::vector<TodoRow>> SqliteNoteStore::todos(bool done) {
  return db_.read("listing the to-dos", [&] {
    std::vector<TodoRow> rows;
    auto row = db_.sql(done ? "SELECT message, account, due, added, done FROM annotation WHERE todo = 2"
                              " AND message IS NOT NULL ORDER BY done DESC, id"
                            : "SELECT message, account, due, added, done FROM annotation WHERE todo = 1"
                              " AND message IS NOT NULL ORDER BY due IS NULL, due, added, id");
    while (row.step()) {
      const AccountId account(row.integer(1));
      if (!hidden_.contains(account)) rows.push_back({MessageId(row.integer(0)), account, read_todo(row, 2)});
    }
    return rows;
  });
}

}  // namespace mailmgr::store
