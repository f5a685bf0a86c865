#include "store/queue.h"

#include "store/messages.h"

namespace mailmgr::store {
namespace {

constexpr std::int64_t kListed = std::int64_t{1} << 60;  // above every date
constexpr std::int64_t kArriving = std::int64_t{1} << 61;

}  // namespace

std::optional<std::int64_t> Queue::find(AccountId account, const RemoteId& id) {
  auto row = db_.sql("SELECT id FROM wanted WHERE account = ? AND remote_id = ?");
  return row.bind(account, id).step() ? std::optional(row.integer(0)) : std::nullopt;
}

void Queue::add(AccountId account, const RemoteId& id, std::optional<Time> received, Source source) {
  const auto undated = source == Source::change ? kArriving : kListed;
  db_.sql("INSERT OR IGNORE INTO wanted (account, remote_id, rank) VALUES (?, ?, ?)")
      .bind(account, id, received ? storable_millis(*received) : undated)
      .run();
}

void Queue::mark_large(AccountId account, const RemoteId& id) {
  db_.sql("UPDATE wanted SET large = 1 WHERE account = ? AND remote_id = ?").bind(account, id).run();
}

std::vector<Wanted> Queue::next(AccountId account, std::size_t limit, Time now) {
  std::vector<Wanted> result;
  auto row = db_.sql(
      "SELECT w.remote_id, ifnull(m.marks_known, 0), w.attempts, w.large FROM wanted w"
      " LEFT JOIN message m ON m.account = w.account AND m.remote_id = w.remote_id"
      " WHERE w.account = ? AND w.not_before <= ? ORDER BY w.rank DESC, w.id LIMIT ?");
  row.bind(account, now, limit);
  while (row.step()) {
    result.push_back({RemoteId(row.text(0)), row.boolean(1), static_cast<int>(row.integer(2)), row.boolean(3)});
  }
  return result;
}

void Queue::postpone(AccountId account, const RemoteId& id, std::string_view error, Time not_before) {
  db_.sql("UPDATE wanted SET attempts = attempts + 1, error = ?, not_before = ? WHERE account = ? AND remote_id = ?")
      .bind(error, not_before, account, id)
      .run();
  db_.sql(
         "INSERT OR REPLACE INTO failure (run, remote_id, attempts, error)"
         " SELECT (SELECT max(id) FROM run WHERE account = ?1), remote_id, attempts, error FROM wanted"
         " WHERE account = ?1 AND remote_id = ?2 AND EXISTS (SELECT 1 FROM run WHERE account = ?1)")
      .bind(account, id)
      .run();
}

void Queue::remove(AccountId account, const RemoteId& id) {
  const auto wanted = find(account, id);
  if (!wanted) return;
  db_.sql("DELETE FROM pending WHERE wanted = ?").bind(*wanted).run();
  db_.sql("DELETE FROM wanted WHERE id = ?").bind(*wanted).run();
}

}  // namespace mailmgr::store
