#include "store/sync_store.h"

#include <set>

#include "store/folder_table.h"
#include "store/purge.h"

namespace mailmgr::store {

Result<SyncPosition> SqliteSyncStore::position(AccountId account) {
  return db_.read("reading the sync position", [&] {
    SyncPosition position;
    auto streams = db_.sql(
        "SELECT s.stream, s.cursor, s.enumerating, s.listing, ifnull(f.listed = 0, 0) FROM stream s"
        " LEFT JOIN folder f ON f.account = s.account AND f.remote_id = s.stream AND f.kind = 0"
        " WHERE s.account = ? ORDER BY s.id");
    streams.bind(account);
    while (streams.step()) {
      position.streams.push_back({StreamId(streams.text(0)), Cursor(streams.text(1)), streams.boolean(2),
                                  streams.text(3), streams.boolean(4)});
    }
    for (auto& stored : read_folders(db_, account)) position.folders.push_back(std::move(stored.folder));
    auto row = db_.sql("SELECT folders_at, scope, reconciled_at FROM sync_account WHERE account = ?");
    if (row.bind(account).step()) {
      position.folders_at = row.maybe_time(0);
      position.scope = row.text(1);
      position.reconciled_at = row.maybe_time(2);
    }
    return position;
  });
}

Status SqliteSyncStore::save_folders(AccountId account, const Folders& folders, Time now) {
  return db_.write("saving the folders", [&] {
    std::set<std::string> streams;
    for (const auto& stream : folders.streams) streams.insert(stream.value);
    auto position = db_.sql("SELECT stream FROM stream WHERE account = ?");
    position.bind(account);
    std::vector<StreamId> dropped;
    while (position.step()) {
      if (!streams.contains(position.text(0))) dropped.emplace_back(position.text(0));
    }
    for (const auto& stream : dropped) {
      const auto row = enumerations_.open(account, stream);
      if (row.folder) enumerations_.depart_folder(account, *row.folder);
      enumerations_.end(row);
      db_.sql("DELETE FROM stream WHERE id = ?").bind(row.id).run();
    }
    for (const auto& stream : folders.streams) (void)enumerations_.open(account, stream);
    FolderTable(db_, account).replace(folders.folders, folders.every_label);
    db_.sql("INSERT INTO sync_account (account, folders_at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET folders_at = ?2")
        .bind(account, now)
        .run();
  });
}

Status SqliteSyncStore::change_scope(AccountId account, std::string_view scope) {
  return db_.write("changing what is synced", [&] {
    // A stored draft stays in the queue: only what brought it there knows that it was written on.
    for (const char* statement : {
             "DELETE FROM pending WHERE wanted IN (SELECT id FROM wanted WHERE account = ?1 AND remote_id NOT IN"
             " (SELECT remote_id FROM message WHERE account = ?1 AND stored > 0))",
             "DELETE FROM wanted WHERE account = ?1 AND remote_id NOT IN"
             " (SELECT remote_id FROM message WHERE account = ?1 AND stored > 0)",
             "DELETE FROM membership WHERE message IN (SELECT id FROM message WHERE account = ?1 AND stored = 0)",
             "DELETE FROM departed WHERE message IN (SELECT id FROM message WHERE account = ?1 AND stored = 0)",
             "DELETE FROM message WHERE account = ?1 AND stored = 0",
         }) {
      db_.sql(statement).bind(account).run();
    }
    std::vector<StreamId> streams;
    {
      auto stream = db_.sql("SELECT stream FROM stream WHERE account = ?");
      stream.bind(account);
      while (stream.step()) streams.emplace_back(stream.text(0));
    }
    for (const auto& stream : streams) enumerations_.end(enumerations_.open(account, stream));
    db_.sql("UPDATE stream SET cursor = '' WHERE account = ?").bind(account).run();
    db_.sql("INSERT INTO sync_account (account, scope) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET scope = ?2")
        .bind(account, scope)
        .run();
  });
}

Status SqliteSyncStore::begin_enumeration(AccountId account, const StreamId& stream, const Cursor& cursor) {
  return db_.write("beginning an enumeration",
                   [&] { enumerations_.begin(enumerations_.open(account, stream), cursor); });
}

Status SqliteSyncStore::mark_large(AccountId account, std::span<const RemoteId> ids) {
  if (ids.empty()) return {};
  return db_.write("saving the queue", [&] {
    for (const auto& id : ids) queue_.mark_large(account, id);
  });
}

Status SqliteSyncStore::reconciling(AccountId account, Time now) {
  return db_.write("beginning to compare", [&] {
    db_.sql(
           "INSERT INTO sync_account (account, reconciled_at) VALUES (?1, ?2)"
           " ON CONFLICT DO UPDATE SET reconciled_at = ?2")
        .bind(account, now)
        .run();
  });
}

Result<std::vector<Wanted>> SqliteSyncStore::next_wanted(AccountId account, std::size_t limit, Time now) {
  return db_.read("reading the queue", [&] { return queue_.next(account, limit, now); });
}

Status SqliteSyncStore::prepare(NewMessage& message) const {
  message.parsed.body_html = {};
  message.parsed.headers = {};
  if (message.raw.size() > Blob::kMemoryLimit) return {};
  try {
    PackedContent packed{message.raw.size(), {}, {}};
    packed.sha256 =
        messages_.raw().packer().pack(message.raw, [&](std::string_view frame) { packed.frames.emplace_back(frame); });
    message.packed = std::move(packed);
    message.raw = {};
    return {};
  } catch (const Failure& failure) {
    return failure.error;
  }
}

Status SqliteSyncStore::store_messages(AccountId account, std::span<const NewMessage> messages, Time now) {
  if (messages.empty()) return {};
  return db_.write("storing messages", [&] {
    succession_.adopt(account, messages);
    messages_.store(account, messages, now);
  });
}

Status SqliteSyncStore::postpone(AccountId account, const RemoteId& id, std::string_view error, Time not_before) {
  return db_.write("saving the queue", [&] { queue_.postpone(account, id, error, not_before); });
}

Status SqliteSyncStore::drop_wanted(AccountId account, std::span<const RemoteId> ids) {
  return db_.write("saving the queue", [&] {
    for (const auto& id : ids) {
      if (!queue_.find(account, id)) continue;
      queue_.remove(account, id);
      const auto state = messages_.find(account, id);
      if (state && !succession_.waits(*state)) messages_.remove(*state);
    }
  });
}

Status SqliteSyncStore::leave_out(AccountId account, std::span<const RemoteId> ids) {
  return db_.write("saving the queue", [&] {
    for (const auto& id : ids) {
      queue_.remove(account, id);
      const auto state = messages_.find(account, id);
      if (state && state->stored == 0) messages_.remove(*state);
    }
  });
}

Result<SyncCounts> SqliteSyncStore::counts(AccountId account) {
  return db_.read("counting messages", [&] {
    auto row = db_.sql(
        "SELECT ifnull((SELECT messages FROM sync_account WHERE account = ?1), 0),"
        " (SELECT count(*) FROM wanted WHERE account = ?1), (SELECT count(*) FROM wanted WHERE account = ?1 AND"
        " attempts > 0), (SELECT count(*) FROM departed WHERE account = ?1)");
    row.bind(account).step();
    const auto number = [&](int column) { return static_cast<std::uint64_t>(row.integer(column)); };
    return SyncCounts{number(0), number(1), number(2), number(3)};
  });
}

Status SqliteSyncStore::purge(AccountId account, const MessageParser& parse, const std::function<bool()>& go_on) {
  return Purge(db_, messages_, account, parse).run(go_on);
}

}  // namespace mailmgr::store
