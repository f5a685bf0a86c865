// RunLog (core/ports/run_log.h states its contract) over mail.db. The Database must outlive it.
#pragma once

#include "core/ports/run_log.h"
#include "store/database.h"
#include "store/hidden.h"

namespace mailmgr::store {

class SqliteRunLog final : public RunLog {
 public:
  SqliteRunLog(Database& db, const Hidden& hidden) : db_(db), hidden_(hidden) {}

  Result<RunId> begin(AccountId account, RunKind kind, Time now) override;
  Status end(const RunRecord& record) override;
  Result<RunHistory> history(AccountId account) override;
  Status list(const RunSelection& selection, const std::function<bool(const RunRecord&)>& sink) override;
  Result<std::vector<RunFailure>> failures(RunId run) override;

 private:
  void forget_before(Time time);

  Database& db_;
  const Hidden& hidden_;
};

}  // namespace mailmgr::store
