#include "store/run_log.h"

#include <algorithm>

namespace mailmgr::store {
namespace {

constexpr auto kKept = std::chrono::hours(24 * 90);

// The columns of history() and list().
RunRecord read_run(const Sql& row) {
  const auto number = [&](int column) {
    return row.is_null(column) ? 0 : static_cast<std::uint64_t>(row.integer(column));
  };
  RunRecord record;
  record.run = RunId(row.integer(0));
  record.account = AccountId(row.integer(1));
  record.kind = row.integer(2) == 1 ? RunKind::verify : RunKind::sync;
  record.started = row.time(3);
  record.ended = row.maybe_time(4);
  record.fetched = number(5);
  record.changed = number(6);
  record.deleted = number(7);
  record.failed = number(8);
  record.remaining = number(9);
  record.bytes = number(10);
  record.requests = number(11);
  record.quota_units = number(12);
  record.complete = number(13) != 0;
  record.error_code = row.text(14);
  record.error = row.text(15);
  return record;
}

}  // namespace

void SqliteRunLog::forget_before(Time time) {
  {
    auto oldest = db_.sql("SELECT started FROM run ORDER BY id LIMIT 1");
    if (!oldest.step() || oldest.time(0) >= time) return;
  }
  auto old = db_.sql("SELECT max(id) FROM run WHERE started < ?1 AND id < (SELECT max(id) FROM run)");
  if (!old.bind(time).step() || old.is_null(0)) return;
  const auto last = old.integer(0);
  db_.sql("DELETE FROM failure WHERE run <= ?").bind(last).run();
  db_.sql("DELETE FROM change WHERE run <= ?").bind(last).run();
  db_.sql("DELETE FROM run WHERE id <= ?").bind(last).run();
}

Result<RunId> SqliteRunLog::begin(AccountId account, RunKind kind, Time now) {
  return db_.write("beginning a run", [&] {
    forget_before(now - kKept);
    db_.sql("INSERT INTO run (account, kind, started) VALUES (?, ?, ?)")
        .bind(account, static_cast<int>(kind), now)
        .run();
    return RunId(db_.last_id());
  });
}

Status SqliteRunLog::end(const RunRecord& r) {
  return db_.write("ending a run", [&] {
    db_.sql(
           "UPDATE run SET account = ?, kind = ?, started = ?, ended = ?, fetched = ?, changed = ?, deleted = ?,"
           " failed = ?, remaining = ?, bytes = ?, requests = ?, quota_units = ?, complete = ?, error_code = ?,"
           " error = ? WHERE id = ?")
        .bind(r.account, static_cast<int>(r.kind), r.started, r.ended, r.fetched, r.changed, r.deleted, r.failed,
              r.remaining, r.bytes, r.requests, r.quota_units, r.complete, r.error_code, r.error, r.run)
        .run();
  });
}

Result<RunHistory> SqliteRunLog::history(AccountId account) {
  return db_.read("reading the runs", [&] {
    RunHistory history;
    auto last = db_.sql(
        "SELECT id, account, kind, started, ended, fetched, changed, deleted, failed, remaining, bytes, requests,"
        " quota_units, complete, error_code, error FROM run"
        " WHERE account = ? AND kind = 0 AND ended IS NOT NULL ORDER BY id DESC LIMIT 1");
    if (!last.bind(account).step()) return history;
    history.last = read_run(last);
    auto good = db_.sql(
        "SELECT ended FROM run WHERE account = ? AND kind = 0 AND ended IS NOT NULL AND error_code = ''"
        " ORDER BY id DESC LIMIT 1");
    if (good.bind(account).step()) history.last_success = good.time(0);
    return history;
  });
}

Status SqliteRunLog::list(const RunSelection& selection, const std::function<bool(const RunRecord&)>& sink) {
  // In short reads, so that a slow reader holds up no sync.
  constexpr std::size_t kPage = 500;
  RunId behind(0);
  for (bool more = true; more;) {
    auto page = db_.read("reading the runs", [&] {
      std::vector<RunRecord> records;
      auto row = db_.sql(
          "SELECT id, account, kind, started, ended, fetched, changed, deleted, failed, remaining, bytes, requests,"
          " quota_units, complete, error_code, error FROM run WHERE id > ?1 AND (?2 IS NULL OR id = ?2)"
          " AND (?3 IS NULL OR started >= ?3) AND (NOT ?4 OR ended IS NULL OR error_code <> ''"
          " OR EXISTS (SELECT 1 FROM failure WHERE failure.run = run.id)) ORDER BY id LIMIT ?5");
      row.bind(behind, selection.run, selection.since, selection.failed, kPage);
      while (row.step()) records.push_back(read_run(row));
      return records;
    });
    if (!page) return page.error();
    more = page->size() == kPage;
    for (const auto& record : *page) {
      behind = record.run;
      const auto& accounts = selection.accounts;
      const bool selected =
          !hidden_.contains(record.account) &&
          (accounts.empty() || std::find(accounts.begin(), accounts.end(), record.account) != accounts.end());
      if (selected && !sink(record)) return {};
    }
  }
  return {};
}

Result<std::vector<RunFailure>> SqliteRunLog::failures(RunId run) {
  return db_.read("reading the runs", [&] {
    std::vector<RunFailure> failures;
    auto row = db_.sql("SELECT remote_id, attempts, error FROM failure WHERE run = ? ORDER BY remote_id");
    row.bind(run);
    while (row.step()) failures.push_back({RemoteId(row.text(0)), static_cast<int>(row.integer(1)), row.text(2)});
    return failures;
  });
}

}  // namespace mailmgr::store
