// The rows of `message` and everything that hangs on one: marks, people, raw content, index entry, place in the queue,
// and what the change feed is told of it. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/ports/change_feed.h"
#include "core/ports/sync_store.h"
#include "store/database.h"
#include "store/folder_table.h"
#include "store/marks.h"
#include "store/people.h"
#include "store/raw.h"
#include "store/search_index.h"

namespace mailmgr::store {

// A message's row as writers need it.
struct MessageState {
  std::int64_t id = 0;
  std::int64_t stored = 0;               // 0: only marks are known
  std::optional<std::int64_t> received;  // Unix milliseconds
  Marks marks;

  // The date under which lists see it.
  std::int64_t listed_at() const { return stored > 0 && received ? *received : kNotListed; }
};

class Messages {
 public:
  explicit Messages(Database& db) : db_(db), marks_(db), people_(db), raw_(db), index_(db) {}

  std::optional<MessageState> find(AccountId account, const RemoteId& id);
  // A row for a message whose content is not known yet.
  MessageState create(AccountId account, const RemoteId& id, const ThreadId& thread, std::optional<Time> received);
  // Applies a patch to a row; true if a mark changed. `state` becomes what is stored.
  bool apply(MessageState& state, const MarksPatch& patch, FolderTable& folders);
  // Gives a stored message exactly these flags (of unread, starred, draft) and folders; true if a mark changed.
  bool replace_marks(std::int64_t id, Marks marks);
  // SyncStore::store_messages.
  void store(AccountId account, std::span<const NewMessage> messages, Time now);
  void remove(const MessageState& message);
  // Puts it into the change feed.
  void tell(std::int64_t id, ChangeEvent event);

  MarksTable& marks() { return marks_; }
  People& people() { return people_; }
  RawChunks& raw() { return raw_; }
  SearchIndex& index() { return index_; }

 private:
  // Counts in `added` when it was not stored before.
  SearchIndex::Entry store_one(AccountId account, const NewMessage& message, std::int64_t number, Time now,
                               FolderTable& folders, std::size_t& added);
  void forget_content(std::int64_t id);
  bool was_sent_from_here(AccountId account, const NewMessage& message, std::int64_t id);

  Database& db_;
  MarksTable marks_;
  People people_;
  RawChunks raw_;
  SearchIndex index_;
};

// A point in time as it is stored: not before 1970, where no mail was received, nor behind the year 9999.
std::int64_t storable_millis(Time time);

}  // namespace mailmgr::store
