// The persistent queue of messages still to be fetched. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/ports/sync_store.h"
#include "store/database.h"

namespace mailmgr::store {

class Queue {
 public:
  explicit Queue(Database& db) : db_(db) {}

  // What is fetched first: mail that a change names without a date is just arriving; a listing without dates is newest
  // first and comes next, in its order; then by date.
  enum class Source { change, listing };

  std::optional<std::int64_t> find(AccountId account, const RemoteId& id);
  void add(AccountId account, const RemoteId& id, std::optional<Time> received, Source source);
  void mark_large(AccountId account, const RemoteId& id);
  std::vector<Wanted> next(AccountId account, std::size_t limit, Time now);
  void postpone(AccountId account, const RemoteId& id, std::string_view error, Time not_before);
  void remove(AccountId account, const RemoteId& id);

 private:
  Database& db_;
};

}  // namespace mailmgr::store
