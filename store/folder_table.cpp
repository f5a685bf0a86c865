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
      "SELECT id, account, remote_id, kind, role, path, color FROM folder WHERE ?1 IS NULL OR account = ?1"
      " ORDER BY account, role = 0, role, path, id");
  row.bind(account);
  while (row.step()) {
    result.push_back(
        {row.integer(0), AccountId(row.integer(1)),
         Folder{
             FolderId(row.text(2)), to_kind(row.integer(3)), to_role(row.integer(4)), row.text(5), {}, row.text(6)}});
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
  for (const auto& folder : folders) {
    listed.insert(folder.id.value);
    put(folder);
  }

  // Where the provider does not list every label (Outlook's categories), messages may carry others.
  std::vector<std::int64_t> dropped, unlisted;
  {
    auto old = db_.sql("SELECT id, remote_id, kind FROM folder WHERE account = ? AND (?2 OR listed OR kind <> 1)");
    old.bind(account_, every_label);
    while (old.step()) {
      if (listed.contains(old.text(1))) continue;
      const bool may_stay = !every_label && to_kind(old.integer(2)) == Folder::Kind::label;
      (may_stay ? unlisted : dropped).push_back(old.integer(0));
    }
  }
  for (const auto id : dropped) drop(id);
  for (const auto id : unlisted) unlist(id);
}

void FolderTable::put(const Folder& folder, bool is_listed) {
  db_.sql(
         "INSERT INTO folder (account, remote_id, kind, role, path, listed, color) VALUES (?1, ?2, ?3, ?4, ?5, ?7, ?6)"
         " ON CONFLICT (account, remote_id) DO UPDATE"
         " SET kind = ?3, role = ?4, path = ?5, listed = max(listed, ?7), color = ?6"
         " WHERE (kind, role, path, listed, color) IS NOT (?3, ?4, ?5, max(listed, ?7), ?6)")
      .bind(account_, folder.id, static_cast<int>(folder.kind), static_cast<int>(folder.role), folder.path,
            folder.color, is_listed)
      .run();
  forget_loaded();
}

void FolderTable::drop(std::int64_t row) {
  db_.sql("DELETE FROM membership WHERE folder = ?").bind(row).run();
  db_.sql("DELETE FROM staged WHERE label = ?").bind(row).run();
  db_.sql("DELETE FROM folder WHERE id = ?").bind(row).run();
  forget_loaded();
}

void FolderTable::unlist(std::int64_t row) {
  {
    auto carried = db_.sql("SELECT 1 FROM membership WHERE folder = ? LIMIT 1");
    if (!carried.bind(row).step()) {
      carried.again();
      return drop(row);
    }
  }
  db_.sql("UPDATE folder SET listed = 0, color = '' WHERE id = ?").bind(row).run();
  forget_loaded();
}

void FolderTable::forget_loaded() {
  loaded_ = false;
  by_remote_.clear();
  kinds_.clear();
}

}  // namespace mailmgr::store
