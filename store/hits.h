// The messages that answer a compiled query, newest first, a batch at a time. Between batches no statement is open, so
// a reader that takes its time blocks nobody and does not keep the WAL from being reset. Throws (see sql.h).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "core/ports/message_reader.h"
#include "store/database.h"
#include "store/search_index.h"
#include "store/search_sql.h"

namespace mailmgr::store {

struct Hit {
  std::int64_t received = 0;  // Unix milliseconds
  std::int64_t message = 0;
  auto operator<=>(const Hit&) const = default;  // newer is greater
};

class Hits {
 public:
  // `before`: only hits less than this. `wanted`: how many the caller is likely to take (a hint).
  Hits(Database& db, SearchIndex& index, CompiledQuery query, Order order, std::optional<Hit> before,
       std::optional<std::uint64_t> wanted);

  // The next hits in order; empty at the end.
  std::vector<Hit> next();
  // How the query is answered, for people and tests: "words", "relevance", "set", "folder" or "date".
  std::string_view method() const { return method_; }

 private:
  void choose(SearchIndex& index, Order order);
  void by_relevance();
  void by_words(SearchIndex& index);
  void by_set(const MessageSet& set);
  void keep_matching();
  void by_folder(const MessageSet& set);
  void by_date();
  bool fewer_than(const std::string& select, std::int64_t limit);
  std::string where(std::size_t without) const;
  std::string words() const;
  std::vector<Hit> next_by_words();
  std::vector<Hit> next_of_set();
  std::vector<Hit> next_by_key();

  Database& db_;
  CompiledQuery query_;
  std::string method_, text_;
  Hit below_;                    // what comes next is less than this
  std::int64_t position_below_;  // words: the same for positions
  std::int64_t position_from_ = 0;
  std::int64_t batch_;
  bool ended_ = false;
  std::vector<Hit> set_;              // set: what is still to be looked at, newest last
  std::priority_queue<Hit> waiting_;  // words: found, but something newer may follow
};

}  // namespace mailmgr::store
