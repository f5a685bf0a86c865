// The full-text index (FTS5 table `search`): which words occur in which message, and nothing else.
//
// Its rowids, `message.position`, follow the received date, because taking the newest 50 hits in rowid order is
// hundreds of times faster than sorting all hits by a date that has to be looked up. A position is the date in seconds
// or the next free number above it, so that received / 1000 ≤ position always; `drift`, the largest distance that ever
// occurred, bounds the other side.
//
// The index is contentless, which saves half of its size. SQLite 3.40 cannot delete from such a table without being
// given the exact text that was indexed, so the entry of a message that goes away stays behind: its position is not
// used again and drops out when hits are joined with messages. IndexRebuild makes the index anew from the stored mail;
// purging an account does that, so that its words do not stay readable in the file. Keeping the indexed text in order
// to delete exactly would store the text of every message a second time, only to save the minute or so (per 100,000
// messages that remain) which that takes. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/mail/message.h"
#include "store/database.h"

namespace mailmgr::store {

class SearchIndex {
 public:
  explicit SearchIndex(Database& db) : db_(db) {}

  struct Entry {
    std::int64_t message = 0;
    std::int64_t received = 0;  // Unix milliseconds
    const ParsedMessage* parsed = nullptr;
  };
  // Indexes messages and saves their positions. Gather a transaction's messages in one call: FTS5 is several times
  // faster when rowids ascend.
  void add(std::vector<Entry> entries);
  // Gives a message its position without indexing it; returns it.
  std::int64_t place(const Entry& entry);
  // Into the index that is being made anew (index_rebuild.h).
  void insert_next(std::int64_t position, const ParsedMessage& parsed);
  // The highest position that a message received at that time can have.
  std::int64_t last_position(std::int64_t received);

 private:
  std::int64_t claim(const Entry& entry);
  bool taken(std::int64_t position);
  std::optional<std::int64_t> rebuilt_up_to();  // the positions that `search_next` has; nullopt: there is none
  void insert(const char* statement, std::int64_t position, const ParsedMessage& parsed);

  Database& db_;
  std::vector<std::int64_t> claimed_;  // positions claimed but not inserted yet, in order
};

// A query word or phrase in FTS5's syntax: prepared as the index is, and quoted, so that nothing in it is an operator.
std::string match_phrase(std::string_view text);

}  // namespace mailmgr::store
