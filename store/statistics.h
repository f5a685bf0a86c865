// StatisticsReader (core/ports/statistics.h states its contract) over mail.db. The Database must outlive it.
#pragma once

#include "core/ports/statistics.h"
#include "store/database.h"
#include "store/hidden.h"

namespace mailmgr::store {

class SqliteStatistics final : public StatisticsReader {
 public:
  SqliteStatistics(Database& db, const Hidden& hidden) : db_(db), hidden_(hidden) {}

  Result<Statistics> sum(const StatisticsRequest& request, const std::vector<AccountName>& names,
                         const Stop& stop) override;

 private:
  Database& db_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
