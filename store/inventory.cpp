#include "store/inventory.h"

#include <fmt/format.h>

#include "store/index_rebuild.h"
#include "store/marks.h"

namespace mailmgr::store {
namespace {

// Messages read between two looks at what else happens to the store.
constexpr std::size_t kPage = 1000;
constexpr std::int64_t kMaxListed = 20;

// The columns id, remote_id, stored, flags, received, queued, departed.
LocalMessage read_message(const Sql& row) {
  LocalMessage message;
  message.id = MessageId(row.integer(0));
  message.remote_id = RemoteId(row.text(1));
  message.stored = row.boolean(2);
  const auto flags = row.integer(3);
  message.unread = (flags & kUnread) != 0;
  message.starred = (flags & kStarred) != 0;
  message.draft = (flags & kDraft) != 0;
  message.received = row.maybe_time(4);
  message.wanted = row.boolean(5);
  message.departed = row.boolean(6);
  return message;
}

void read_places(Database& db, LocalMessage& message) {
  auto row = db.sql(
      "SELECT f.remote_id FROM membership b JOIN folder f ON f.id = b.folder WHERE b.message = ? ORDER BY f.remote_id");
  row.bind(message.id);
  while (row.step()) message.places.emplace_back(row.text(0));
}

// Every stored message has exactly one entry in the full-text index. FTS5's own check is blind in a contentless table,
// but the table of document sizes lists every rowid it holds.
void check_index(Database& db, std::vector<std::string>& problems) {
  auto missing = db.sql(
      "SELECT count(*) FROM message m WHERE m.stored > 0 AND (m.position IS NULL OR NOT EXISTS"
      " (SELECT 1 FROM search_docsize d WHERE d.id = m.position))");
  missing.step();
  if (missing.integer(0) > 0) {
    problems.push_back(fmt::format("{} messages are not in the full-text index", missing.integer(0)));
  }
  auto shared =
      db.sql("SELECT count(*) - count(DISTINCT position) FROM message WHERE stored > 0 AND position IS NOT NULL");
  shared.step();
  if (shared.integer(0) > 0) {
    problems.push_back(fmt::format("{} messages share their place in the full-text index", shared.integer(0)));
  }
}

}  // namespace

Status SqliteInventory::each(AccountId account, const std::function<bool(const LocalMessage&)>& sink) {
  MessageId behind(0);
  for (bool more = true; more;) {
    auto page = db_.read("listing what is stored", [&] {
      std::vector<LocalMessage> messages;
      {
        auto row = db_.sql(
            "SELECT m.id, m.remote_id, m.stored > 0 AND EXISTS (SELECT 1 FROM chunk WHERE id = m.id * 65536), m.flags,"
            " m.received,"
            " EXISTS (SELECT 1 FROM wanted w WHERE w.account = m.account AND w.remote_id = m.remote_id),"
            " EXISTS (SELECT 1 FROM departed d WHERE d.message = m.id)"
            " FROM message m WHERE m.account = ? AND m.id > ? ORDER BY m.id LIMIT ?");
        row.bind(account, behind, kPage);
        while (row.step()) messages.push_back(read_message(row));
      }
      for (auto& message : messages) read_places(db_, message);
      return messages;
    });
    if (!page) return page.error();
    more = page->size() == kPage;
    for (const auto& message : *page) {
      behind = message.id;
      if (!sink(message)) return {};
    }
  }
  auto queued = db_.read("listing what is queued", [&] {
    std::vector<RemoteId> ids;
    auto row = db_.sql(
        "SELECT remote_id FROM wanted w WHERE account = ?1 AND NOT EXISTS"
        " (SELECT 1 FROM message m WHERE m.account = ?1 AND m.remote_id = w.remote_id)");
    row.bind(account);
    while (row.step()) ids.emplace_back(row.text(0));
    return ids;
  });
  if (!queued) return queued.error();
  for (auto& id : *queued) {
    LocalMessage message;
    message.remote_id = std::move(id);
    message.wanted = true;
    if (!sink(message)) return {};
  }
  return {};
}

Result<std::optional<LocalMessage>> SqliteInventory::find(AccountId account, const RemoteId& id) {
  return db_.read("looking for a message", [&]() -> std::optional<LocalMessage> {
    std::optional<LocalMessage> found;
    {
      auto row = db_.sql(
          "SELECT m.id, m.remote_id, m.stored > 0 AND EXISTS (SELECT 1 FROM chunk WHERE id = m.id * 65536), m.flags,"
          " m.received,"
          " EXISTS (SELECT 1 FROM wanted w WHERE w.account = m.account AND w.remote_id = m.remote_id),"
          " EXISTS (SELECT 1 FROM departed d WHERE d.message = m.id)"
          " FROM message m WHERE m.account = ? AND m.remote_id = ?");
      if (row.bind(account, id).step()) found = read_message(row);
    }
    if (found) {
      read_places(db_, *found);
      return found;
    }
    auto queued = db_.sql("SELECT 1 FROM wanted WHERE account = ? AND remote_id = ?");
    if (!queued.bind(account, id).step()) return std::nullopt;
    LocalMessage message;
    message.remote_id = id;
    message.wanted = true;
    return message;
  });
}

Result<std::optional<std::string>> SqliteInventory::content_hash(MessageId id) {
  return db_.read("reading a message's hash", [&]() -> std::optional<std::string> {
    auto row = db_.sql("SELECT sha256 FROM message WHERE id = ? AND stored > 0");
    return row.bind(id).step() ? std::optional(std::string(row.bytes(0))) : std::nullopt;
  });
}

Result<std::vector<std::string>> SqliteInventory::problems() {
  return db_.read("checking the store", [&] {
    std::vector<std::string> problems;
    auto row = db_.sql("PRAGMA integrity_check(20)");
    while (row.step() && static_cast<std::int64_t>(problems.size()) < kMaxListed) {
      if (row.text(0) != "ok") problems.push_back(row.text(0));
    }
    check_index(db_, problems);
    return problems;
  });
}

Status SqliteInventory::reindex(const MessageParser& parse, const std::function<bool()>& go_on) {
  return IndexRebuild(db_, messages_.index(), messages_.raw(), parse).run(IndexRebuild::kAnybody, go_on);
}

}  // namespace mailmgr::store
