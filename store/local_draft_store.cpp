#include "store/local_draft_store.h"

#include <fmt/format.h>

namespace mailmgr::store {
namespace {

constexpr std::int64_t kVersionsKept = 20;  // besides the first

LocalDraft read_local_draft(const Sql& row) {
  LocalDraft draft;
  draft.id = LocalDraftId(row.integer(0));
  if (!row.is_null(1)) draft.account = AccountId(row.integer(1));
  draft.sender = row.text(2);
  draft.recipients = row.text(3);
  const auto kind = row.integer(4);
  draft.kind = kind == 1 ? LocalDraftKind::reply : kind == 2 ? LocalDraftKind::forward : LocalDraftKind::fresh;
  if (!row.is_null(5)) draft.original = MessageId(row.integer(5));
  draft.updated = row.time(6);
  draft.remote_id = row.text(7);
  return draft;
}

void add_version(Database& db, LocalDraftId draft, std::int64_t version, Time saved, std::string_view content) {
  db.sql("INSERT INTO local_draft_version (draft, version, saved, content) VALUES (?,?,?,?)")
      .bind(draft, version, saved, Bytes{content})
      .run();
}

}  // namespace

Result<LocalDraftId> SqliteLocalDraftStore::create(const LocalDraft& draft, std::string_view content) {
  return db_.write("saving the draft", [&] {
    db_.sql(
           "INSERT INTO local_draft (account, sender, recipients, kind, original, updated, remote_id)"
           " VALUES (?,?,?,?,?,?,?)")
        .bind(draft.account, draft.sender, draft.recipients, static_cast<int>(draft.kind), draft.original,
              draft.updated, draft.remote_id)
        .run();
    const LocalDraftId id(db_.last_id());
    add_version(db_, id, 1, draft.updated, content);
    return id;
  });
}

Result<std::int64_t> SqliteLocalDraftStore::save_version(const LocalDraft& draft, std::string_view content) {
  return db_.write("saving the draft", [&] {
    db_.sql(
           "UPDATE local_draft SET account = ?, sender = ?, recipients = ?, kind = ?, original = ?, updated = ?,"
           " remote_id = ? WHERE id = ?")
        .bind(draft.account, draft.sender, draft.recipients, static_cast<int>(draft.kind), draft.original,
              draft.updated, draft.remote_id, draft.id)
        .run();
    if (db_.changed() != 1) {
      throw Failure({Code::not_found, fmt::format("saving draft {}: there is none of that number", draft.id.value)});
    }
    auto latest =
        db_.sql("SELECT version, content FROM local_draft_version WHERE draft = ? ORDER BY version DESC LIMIT 1");
    const bool any = latest.bind(draft.id).step();
    const std::int64_t version = any ? latest.integer(0) : 0;
    if (any && latest.bytes(1) == content) return version;
    add_version(db_, draft.id, version + 1, draft.updated, content);
    db_.sql("DELETE FROM local_draft_version WHERE draft = ? AND version > 1 AND version <= ?")
        .bind(draft.id, version + 1 - kVersionsKept)
        .run();
    return version + 1;
  });
}

Result<std::optional<SavedDraft>> SqliteLocalDraftStore::latest(LocalDraftId id) {
  return db_.read("reading the draft", [&]() -> std::optional<SavedDraft> {
    auto row = db_.sql(
        "SELECT d.id, d.account, d.sender, d.recipients, d.kind, d.original, d.updated, d.remote_id, v.version,"
        " v.saved, v.content FROM local_draft d JOIN local_draft_version v ON v.draft = d.id WHERE d.id = ?"
        " ORDER BY v.version DESC LIMIT 1");
    if (!row.bind(id).step()) return std::nullopt;
    auto draft = read_local_draft(row);
    if (draft.account && hidden_.contains(*draft.account)) return std::nullopt;
    return SavedDraft{std::move(draft), {row.integer(8), row.time(9), std::string(row.bytes(10))}};
  });
}

Result<std::optional<LocalDraftVersion>> SqliteLocalDraftStore::version(LocalDraftId id, std::int64_t version) {
  return db_.read("reading the draft", [&]() -> std::optional<LocalDraftVersion> {
    auto row = db_.sql("SELECT version, saved, content FROM local_draft_version WHERE draft = ? AND version = ?");
    if (!row.bind(id, version).step()) return std::nullopt;
    return LocalDraftVersion{row.integer(0), row.time(1), std::string(row.bytes(2))};
  });
}

Result<std::vector<LocalDraftVersion>> SqliteLocalDraftStore::versions(LocalDraftId id) {
  return db_.read("listing the draft's versions", [&] {
    std::vector<LocalDraftVersion> result;
    auto row = db_.sql("SELECT version, saved FROM local_draft_version WHERE draft = ? ORDER BY version DESC");
    row.bind(id);
    while (row.step()) result.push_back({row.integer(0), row.time(1), {}});
    return result;
  });
}

Result<std::vector<LocalDraft>> SqliteLocalDraftStore::list() {
  return db_.read("listing the drafts", [&] {
    std::vector<LocalDraft> result;
    auto row = db_.sql(
        "SELECT id, account, sender, recipients, kind, original, updated, remote_id FROM local_draft"
        " ORDER BY updated DESC, id DESC");
    while (row.step()) {
      auto draft = read_local_draft(row);
      if (!draft.account || !hidden_.contains(*draft.account)) result.push_back(std::move(draft));
    }
    return result;
  });
}

Result<bool> SqliteLocalDraftStore::remove(LocalDraftId id) {
  return db_.write("deleting the draft", [&] {
    db_.sql("DELETE FROM local_draft_version WHERE draft = ?").bind(id).run();
    db_.sql("DELETE FROM local_draft WHERE id = ?").bind(id).run();
    return db_.changed() > 0;
  });
}

}  // namespace mailmgr::store
