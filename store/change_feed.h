// ChangeFeed (core/ports/change_feed.h states its contract) over mail.db. The Database must outlive it.
#pragma once

#include "core/ports/change_feed.h"
#include "store/database.h"
#include "store/hidden.h"

namespace mailmgr::store {

class SqliteChangeFeed final : public ChangeFeed {
 public:
  SqliteChangeFeed(Database& db, const Hidden& hidden) : db_(db), hidden_(hidden) {}

  Result<std::vector<ChangeRow>> after(std::int64_t seq, std::span<const AccountId> accounts,
                                       std::size_t limit) override;
  Result<std::int64_t> last() override;
  Result<std::optional<std::int64_t>> first() override;
  Result<std::optional<std::int64_t>> position(std::string_view consumer) override;
  Status remember(std::string_view consumer, std::int64_t seq) override;

 private:
  Database& db_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
