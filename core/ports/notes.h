// What a person keeps with a message, in this store alone: a note and a to-do. They survive every resync: when the
// message's row goes (the mail is gone, or out of scope) they wait, unseen, until a message of the same account with
// its Message-ID is stored again; they end with the account (SyncStore::purge). Lists show them (MessageRow), searches
// find them (note:, has:note, is:todo and free words), and the change feed is told `changed` of the message; a call
// that changes nothing tells nothing. Every write is one transaction. Errors are Code::store; not_found where there is
// no such message.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

struct Note {
  std::string text;  // UTF-8
  Time changed{};
};

struct Todo {
  std::optional<Time> due = {};
  Time added{};
  std::optional<Time> done = {};  // nullopt: open
  bool operator==(const Todo&) const = default;
};

struct TodoRow {
  MessageId message;
  AccountId account;
  Todo todo;
};

class NoteStore {
 public:
  virtual ~NoteStore() = default;
  virtual Status put_note(MessageId id, std::string_view text, Time now) = 0;  // inserts or replaces
  virtual Result<std::optional<Note>> find_note(MessageId id) = 0;
  virtual Result<bool> clear_note(MessageId id) = 0;            // false: there was none
  virtual Status put_todo(MessageId id, const Todo& todo) = 0;  // inserts or replaces
  virtual Result<std::optional<Todo>> find_todo(MessageId id) = 0;
  // Open ones by when they are due, those without a date last; done ones, last done first.
  virtual Result<std::vector<TodoRow>> todos(bool done) = 0;
};

}  // namespace mailmgr
