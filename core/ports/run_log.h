// The record of every run: when, what it came to, what failed and why. Kept for 90 days. Errors are Code::store.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

enum class RunKind { sync = 0, verify = 1 };
std::string_view to_string(RunKind kind);  // "sync", "verify"

struct RunRecord {
  RunId run;
  AccountId account;
  RunKind kind = RunKind::sync;
  Time started{};
  std::optional<Time> ended;  // absent: the run was killed, or is still going on
  std::uint64_t fetched = 0, changed = 0, deleted = 0, failed = 0, remaining = 0, bytes = 0, requests = 0,
                quota_units = 0;
  bool complete = false;
  std::string error_code, error;  // empty: none
};

// What earlier syncs came to; runs that never ended are left out.
struct RunHistory {
  std::optional<RunRecord> last;
  std::optional<Time> last_success;  // when the last run without an error ended
};

// A message that a run could not bring.
struct RunFailure {
  RemoteId id;
  int attempts = 0;  // so far, of all runs
  std::string error;
};

struct RunSelection {
  std::vector<AccountId> accounts = {};  // only these; empty: all
  std::optional<RunId> run = {};         // only this one
  std::optional<Time> since = {};        // that began then or later
  bool failed = false;                   // that ended with an error, never ended, or met failures
};

class RunLog {
 public:
  virtual ~RunLog() = default;
  // A run begins. What is older than 90 days is forgotten now, and with it the changes it told of (ChangeFeed).
  virtual Result<RunId> begin(AccountId account, RunKind kind, Time now) = 0;
  // `record.run` has ended.
  virtual Status end(const RunRecord& record) = 0;
  virtual Result<RunHistory> history(AccountId account) = 0;
  // Calls `sink` for each run, oldest first, until it returns false.
  virtual Status list(const RunSelection& selection, const std::function<bool(const RunRecord&)>& sink) = 0;
  virtual Result<std::vector<RunFailure>> failures(RunId run) = 0;
};

}  // namespace mailmgr
