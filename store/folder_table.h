// An account's folders and labels during one transaction: from the provider's ids to rows. Ids that no list named yet
// (a new label, an Outlook category without a master list) become rows when a message carries them. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "core/ports/provider.h"
#include "store/database.h"

namespace mailmgr::store {

struct FolderRef {
  std::int64_t id = 0;
  Folder::Kind kind = Folder::Kind::label;
};

class FolderTable {
 public:
  FolderTable(Database& db, AccountId account) : db_(db), account_(account) {}

  std::optional<FolderRef> find(const FolderId& id);
  FolderRef find_or_add(const FolderId& id, Folder::Kind kind_if_new);
  Folder::Kind kind_of(std::int64_t row);

  // SyncStore::save_folders for folders and labels: adds, renames, and removes what is no longer listed.
  void replace(const std::vector<Folder>& folders, bool every_label);

  // As the provider has it. `is_listed`: it came with the list of them all; one that did not stays what it was, and is
  // not listed if it is new.
  void put(const Folder& folder, bool is_listed = true);
  void drop(std::int64_t row);  // and off every message
  // The provider lists this label no more, but messages may carry it: it stays as long as any does.
  void unlist(std::int64_t row);

 private:
  void load();
  void forget_loaded();

  Database& db_;
  AccountId account_;
  bool loaded_ = false;
  std::map<std::string, FolderRef> by_remote_;
  std::map<std::int64_t, Folder::Kind> kinds_;
};

// All folders and labels of an account (of every account: nullopt) with the ids of their rows.
struct StoredFolder {
  std::int64_t row = 0;
  AccountId account;
  Folder folder;
};
std::vector<StoredFolder> read_folders(Database& db, std::optional<AccountId> account);

}  // namespace mailmgr::store
