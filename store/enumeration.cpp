#include "store/enumeration.h"

#include <vector>

namespace mailmgr::store {

StreamRow Enumerations::open(AccountId account, const StreamId& stream) {
  db_.sql("INSERT OR IGNORE INTO stream (account, stream) VALUES (?, ?)").bind(account, stream).run();
  auto row = db_.sql(
      "SELECT s.id, s.enumerating, s.began, f.id FROM stream s"
      " LEFT JOIN folder f ON f.account = s.account AND f.remote_id = s.stream AND f.kind = 0"
      " WHERE s.account = ? AND s.stream = ?");
  row.bind(account, stream).step();
  StreamRow result{row.integer(0), row.boolean(1), row.integer(2), std::nullopt};
  if (!row.is_null(3)) result.folder = row.integer(3);
  return result;
}

void Enumerations::begin(const StreamRow& stream, const Cursor& cursor) {
  end(stream);
  // What the stream told of messages that are still queued may be outdated by what it no longer tells. Where there is
  // one stream for the mailbox, every message comes with its marks as they are then.
  if (!stream.folder) {
    db_.sql(
           "DELETE FROM pending WHERE wanted IN (SELECT id FROM wanted WHERE account ="
           " (SELECT account FROM stream WHERE id = ?))")
        .bind(stream.id)
        .run();
  }
  db_.sql(
         "UPDATE stream SET cursor = ?, enumerating = 1, began = (SELECT value FROM counter WHERE name = 'stored')"
         " WHERE id = ?")
      .bind(cursor, stream.id)
      .run();
}

void Enumerations::end(const StreamRow& stream) {
  db_.sql("DELETE FROM seen WHERE stream = ?").bind(stream.id).run();
  db_.sql("DELETE FROM staged WHERE stream = ?").bind(stream.id).run();
  db_.sql("DELETE FROM left_out WHERE stream = ?").bind(stream.id).run();
  db_.sql("UPDATE stream SET enumerating = 0, listing = '' WHERE id = ?").bind(stream.id).run();
}

void Enumerations::see(const StreamRow& stream, std::int64_t message) {
  db_.sql("INSERT OR IGNORE INTO seen (stream, message) VALUES (?, ?)").bind(stream.id, message).run();
}

void Enumerations::stage(const StreamRow& stream, std::int64_t message, std::int64_t label) {
  db_.sql("INSERT OR IGNORE INTO staged (stream, message, label) VALUES (?, ?, ?)")
      .bind(stream.id, message, label)
      .run();
}

void Enumerations::leave_out(const StreamRow& stream, const RemoteId& id) {
  db_.sql("INSERT OR IGNORE INTO left_out (stream, remote_id) VALUES (?, ?)").bind(stream.id, id).run();
}

bool Enumerations::is_left_out(const StreamRow& stream, const RemoteId& id) {
  auto row = db_.sql("SELECT 1 FROM left_out WHERE stream = ? AND remote_id = ?");
  return row.bind(stream.id, id).step();
}

void Enumerations::depart_unseen(AccountId account, const StreamRow& stream, std::optional<Time> since) {
  if (stream.folder) {
    db_.sql(
           "INSERT OR IGNORE INTO departed (message, account) SELECT message, ?1 FROM membership WHERE folder = ?2"
           " AND message NOT IN (SELECT message FROM seen WHERE stream = ?3)")
        .bind(account, *stream.folder, stream.id)
        .run();
  } else {
    db_.sql(
           "INSERT OR IGNORE INTO departed (message, account) SELECT id, ?1 FROM message WHERE account = ?1"
           " AND stored BETWEEN 1 AND ?2 AND received >= ?3 AND id NOT IN (SELECT message FROM seen WHERE stream = ?4)")
        .bind(account, stream.began, since ? storable_millis(*since) : 0, stream.id)
        .run();
  }
}

void Enumerations::depart_folder(AccountId account, std::int64_t folder) {
  db_.sql("INSERT OR IGNORE INTO departed (message, account) SELECT message, ? FROM membership WHERE folder = ?")
      .bind(account, folder)
      .run();
}

std::uint64_t Enumerations::rebuild_marks(AccountId account, const StreamRow& stream) {
  std::vector<std::int64_t> messages;
  {
    auto row = db_.sql(
        "SELECT m.id FROM seen s JOIN message m ON m.id = s.message"
        " WHERE s.stream = ? AND m.account = ? AND m.stored BETWEEN 1 AND ?");
    row.bind(stream.id, account, stream.began);
    while (row.step()) messages.push_back(row.integer(0));
  }
  std::uint64_t changed = 0;
  for (const auto id : messages) {
    auto row = db_.sql("SELECT label FROM staged WHERE stream = ? AND message = ?");
    row.bind(stream.id, id);
    Marks listed;
    listed.known = true;
    while (row.step()) {
      const auto label = row.integer(0);
      if (label > 0) listed.folders.emplace(label, false);
      if (label == kStagedUnread) listed.flags |= kUnread;
      if (label == kStagedStarred) listed.flags |= kStarred;
      if (label == kStagedDraft) listed.flags |= kDraft;
    }
    changed += messages_.replace_marks(id, std::move(listed)) ? 1 : 0;
  }
  return changed;
}

}  // namespace mailmgr::store
