// The messages that answer a compiled query, newest first, a batch at a time. Between batches no statement is open, so
// a reader that takes its time blocks nobody and does not keep the WAL from being reset. Throws (see sql.h).
#pragma once

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

// How a query is answered.
enum class HitMethod {
  words,      // the full-text index, newest first
  relevance,  // the full-text index, best first
  set,        // a set of messages, sorted by date
  folder,     // a folder, along its dates
  date,       // all messages, along their dates
};
std::string_view to_string(HitMethod method);

class Hits {
 public:
  // `before`: only hits less than this. `wanted`: how many the caller is likely to take (a hint). `only`, for tests:
  // this method, where the query can be answered by it at all.
  Hits(Database& db, SearchIndex& index, CompiledQuery query, Order order, std::optional<Hit> before,
       std::optional<std::uint64_t> wanted, std::optional<HitMethod> only = std::nullopt);

  // The next hits in order; empty at the end.
  std::vector<Hit> next();
  HitMethod method() const { return method_; }
  // How the query is answered, in words for people, step by step.
  std::vector<std::string> steps() const;

 private:
  void choose(SearchIndex& index, Order order);
  bool use(SearchIndex& index, HitMethod method);
  const MessageSet* folder_set() const;
  void by_relevance();
  void by_words(SearchIndex& index);
  void by_set(const MessageSet& set);
  void keep_matching();
  void by_folder(const MessageSet& set);
  void by_date();
  std::int64_t largest_set();
  bool fewer_than(const std::string& select, std::int64_t limit);
  std::string where(std::size_t without) const;
  std::string words() const;
  std::vector<Hit> next_of_query();
  std::vector<Hit> all_by_relevance();
  std::vector<Hit> with_noted(std::vector<Hit> hits);
  std::vector<Hit> next_by_words();
  std::vector<Hit> next_of_set();
  std::vector<Hit> next_by_key();

  Database& db_;
  CompiledQuery query_;
  HitMethod method_ = HitMethod::date;
  std::string text_;
  Hit below_;                    // what comes next is less than this
  std::int64_t position_below_;  // words: the same for positions
  std::int64_t position_from_ = 0;
  std::int64_t batch_;
  bool ended_ = false;
  std::size_t set_size_ = 0;          // set: how many there were
  std::vector<Hit> set_;              // set: what is still to be looked at, newest last
  std::priority_queue<Hit> waiting_;  // words: found, but something newer may follow
};

}  // namespace mailmgr::store
