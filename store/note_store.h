// NoteStore (core/ports/notes.h states its contract) over mail.db. The Database and Messages must outlive it.
#pragma once

#include "core/ports/notes.h"
#include "store/database.h"
#include "store/hidden.h"
#include "store/messages.h"

namespace mailmgr::store {

class SqliteNoteStore final : public NoteStore {
 public:
  SqliteNoteStore(Database& db, Messages& messages, const Hidden& hidden)
      : db_(db), messages_(messages), hidden_(hidden) {}

  Status put_note(MessageId id, std::string_view text, Time now) override;
  Result<std::optional<Note>> find_note(MessageId id) override;
  Result<bool> clear_note(MessageId id) override;
  Status put_todo(MessageId id, const Todo& todo) override;
  Result<std::optional<Todo>> find_todo(MessageId id) override;
  Result<std::vector<TodoRow>> todos(bool done) override;

 private:
  void check(MessageId id, std::string_view what);
  std::int64_t annotation(MessageId id);

  Database& db_;
  Messages& messages_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
