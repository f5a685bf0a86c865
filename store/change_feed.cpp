#include "store/change_feed.h"

#include <algorithm>

namespace mailmgr::store {

Result<std::vector<ChangeRow>> SqliteChangeFeed::after(std::int64_t seq, std::span<const AccountId> accounts,
                                                       std::size_t limit) {
  return db_.read("reading the changes", [&] {
    std::vector<ChangeRow> rows;
    auto row = db_.sql("SELECT seq, event, message, account FROM change WHERE seq > ? ORDER BY seq");
    row.bind(seq);
    while (rows.size() < limit && row.step()) {
      const AccountId account(row.integer(3));
      if (!accounts.empty() && std::find(accounts.begin(), accounts.end(), account) == accounts.end()) continue;
      if (hidden_.contains(account)) continue;
      const auto event = static_cast<ChangeEvent>(std::clamp<std::int64_t>(row.integer(1), 0, 4));
      rows.push_back({row.integer(0), event, MessageId(row.integer(2)), account});
    }
    return rows;
  });
}

Result<std::int64_t> SqliteChangeFeed::last() {
  return db_.read("reading the changes", [&] {
    auto row = db_.sql("SELECT seq FROM sqlite_sequence WHERE name = 'change'");
    return row.step() ? row.integer(0) : 0;
  });
}

Result<std::optional<std::int64_t>> SqliteChangeFeed::first() {
  return db_.read("reading the changes", [&]() -> std::optional<std::int64_t> {
    auto row = db_.sql("SELECT min(seq) FROM change");
    return row.step() && !row.is_null(0) ? std::optional(row.integer(0)) : std::nullopt;
  });
}

Result<std::optional<std::int64_t>> SqliteChangeFeed::position(std::string_view consumer) {
  return db_.read("reading the changes", [&]() -> std::optional<std::int64_t> {
    auto row = db_.sql("SELECT seq FROM consumer WHERE name = ?");
    return row.bind(consumer).step() ? std::optional(row.integer(0)) : std::nullopt;
  });
}

Status SqliteChangeFeed::remember(std::string_view consumer, std::int64_t seq) {
  return db_.write("remembering how far the changes were read", [&] {
    db_.sql("INSERT INTO consumer (name, seq) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET seq = ?2")
        .bind(consumer, seq)
        .run();
  });
}

}  // namespace mailmgr::store
