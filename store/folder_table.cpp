#include "store/folder_table.h"

#include <set>

namespace mailmgr::store {
namespace {

Folder::Kind to_kind(std::int64_t number) {
  return number == 0 ? Folder::Kind::folder : number == 2 ? Folder::Kind::system : Folder::Kind::label;
}

Role to_role(std::int64_t number) {
  return number >= 0 && number <= static_cast<int>(Role::spam) ? static_cast<Role>(number) : Role::none;
}

}  // namespace

std::vector<StoredFolder> read_folders(Database& db, std::optional<AccountId> account) {
  std::vector<StoredFolder> result;
  auto row = db.sql(
      "SELECT id, account, remote_id, kind, role, path FROM folder WHERE ?1 IS NULL OR account = ?1"
      " ORDER BY account, role = 0, role, path, id");
  row.bind(account);
  while (row.step()) {
    result.push_back({row.integer(0), AccountId(row.integer(1)),
                      Folder{FolderId(row.text(2)), to_kind(row.integer(3)), to_role(row.integer(4)), row.text(5)}});
  }
  return result;
}

void FolderTable::load() {
  if (loaded_) return;
  loaded_ = true;
  for (const auto& stored : read_folders(db_, account_)) {
    by_remote_[stored.folder.id.value] = {stored.row, stored.folder.kind};
    kinds_[stored.row] = stored.folder.kind;
  }
}

std::optional<FolderRef> FolderTable::find(const FolderId& id) {
  load();
  const auto found = by_remote_.find(id.value);
  return found == by_remote_.end() ? std::nullopt : std::optional(found->second);
}

FolderRef FolderTable::find_or_add(const FolderId& id, Folder::Kind kind_if_new) {
  if (const auto found = find(id)) return *found;
  db_.sql("INSERT INTO folder (account, remote_id, kind, role, path, listed) VALUES (?, ?, ?, 0, ?, 0)")
      .bind(account_, id, static_cast<int>(kind_if_new), id)
      .run();
  const FolderRef added{db_.last_id(), kind_if_new};
  by_remote_[id.value] = added;
  kinds_[added.id] = kind_if_new;
  return added;
}

Folder::Kind FolderTable::kind_of(std::int64_t row) {
  load();
  const auto found = kinds_.find(row);
  return found == kinds_.end() ? Folder::Kind::label : found->second;
}

void FolderTable::replace(const std::vector<Folder>& folders, bool every_label) {
  std::set<std::string> listed;
  auto save = db_.sql(
      "INSERT INTO folder (account, remote_id, kind, role, path, listed) VALUES (?1, ?2, ?3, ?4, ?5, 1)"
      " ON CONFLICT (account, remote_id) DO UPDATE SET kind = ?3, role = ?4, path = ?5, listed = 1"
      " WHERE (kind, role, path, listed) IS NOT (?3, ?4, ?5, 1)");
  for (const auto& folder : folders) {
    listed.insert(folder.id.value);
    save.bind(account_, folder.id, static_cast<int>(folder.kind), static_cast<int>(folder.role), folder.path).run();
  }

  // Where the provider does not list every label, one that was never listed (a category outside the master list) stays
  // as long as messages carry it.
  std::vector<std::int64_t> dropped;
  {
    auto old = db_.sql("SELECT id, remote_id FROM folder WHERE account = ? AND (?2 OR listed OR kind <> 1)");
    old.bind(account_, every_label);
    while (old.step()) {
      if (!listed.contains(old.text(1))) dropped.push_back(old.integer(0));
    }
  }
  for (const auto id : dropped) {
    db_.sql("DELETE FROM membership WHERE folder = ?").bind(id).run();
    db_.sql("DELETE FROM staged WHERE label = ?").bind(id).run();
    db_.sql("DELETE FROM folder WHERE id = ?").bind(id).run();
  }
  loaded_ = false;
  by_remote_.clear();
  kinds_.clear();
}

}  // namespace mailmgr::store
