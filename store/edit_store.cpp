#include "store/edit_store.h"

#include <unordered_map>

#include "store/folder_table.h"

namespace mailmgr::store {

Result<std::vector<EditTarget>> SqliteEditStore::targets(std::span<const MessageId> ids) {
  return db_.read("reading messages", [&] {
    std::unordered_map<std::int64_t, FolderId> folders;
    for (auto& stored : read_folders(db_, std::nullopt)) folders.emplace(stored.row, std::move(stored.folder.id));
    std::vector<EditTarget> targets;
    auto row = db_.sql("SELECT account, remote_id, subject, flags FROM message WHERE id = ? AND stored > 0");
    auto place = db_.sql("SELECT folder FROM membership WHERE message = ?");
    for (const auto id : ids) {
      row.again();
      if (!row.bind(id).step() || hidden_.contains(AccountId(row.integer(0)))) continue;
      EditTarget target;
      target.id = id;
      target.account = AccountId(row.integer(0));
      target.remote_id = RemoteId(row.text(1));
      target.subject = row.text(2);
      const auto flags = row.integer(3);
      target.unread = (flags & kUnread) != 0;
      target.starred = (flags & kStarred) != 0;
      target.draft = (flags & kDraft) != 0;
      place.again();
      place.bind(id);
      while (place.step()) {
        if (const auto found = folders.find(place.integer(0)); found != folders.end()) {
          target.places.push_back(found->second);
        }
      }
      targets.push_back(std::move(target));
    }
    return targets;
  });
}

Status SqliteEditStore::apply(AccountId account, std::span<const AppliedEdit> edits) {
  if (edits.empty()) return {};
  return db_.write("saving what was changed", [&] {
    FolderTable folders(db_, account);
    for (const auto& edit : edits) {
      auto state = messages_.find(account, edit.id);
      if (edit.removed) {
        queue_.remove(account, edit.id);
        if (state) messages_.remove(*state);
        continue;
      }
      if (!state || edit.marks.empty()) continue;
      // A draft that is fetched again just now comes with marks of its own, which may be older.
      if (const auto wanted = queue_.find(account, edit.id)) messages_.marks().keep_pending(*wanted, edit.marks);
      messages_.apply(*state, edit.marks, folders);
      if (edit.marks.folder) db_.sql("DELETE FROM departed WHERE message = ? AND NOT gone").bind(state->id).run();
    }
  });
}

Status SqliteEditStore::put_folder(AccountId account, const Folder& folder) {
  return db_.write("saving a folder", [&] {
    // A label is listed by being made. That a folder is not tells that nothing in it is still to be brought here.
    FolderTable(db_, account).put(folder, folder.kind != Folder::Kind::folder);
    // Mail may be put there before the next sync: should the folder be gone by then, its stream tells that the mail is
    // to be looked up.
    if (folder.kind == Folder::Kind::folder) (void)enumerations_.open(account, StreamId(folder.id.value));
  });
}

Status SqliteEditStore::drop_folder(AccountId account, const FolderId& folder) {
  return db_.write("saving the folders", [&] {
    FolderTable folders(db_, account);
    const auto known = folders.find(folder);
    if (!known) return;
    if (known->kind == Folder::Kind::folder) {
      const auto row = enumerations_.open(account, StreamId(folder.value));
      enumerations_.depart_folder(account, known->id);
      enumerations_.end(row);
      db_.sql("DELETE FROM stream WHERE id = ?").bind(row.id).run();
    }
    folders.drop(known->id);
  });
}

Status SqliteEditStore::unlist_label(AccountId account, const FolderId& label) {
  return db_.write("saving the labels", [&] {
    FolderTable folders(db_, account);
    if (const auto known = folders.find(label)) folders.unlist(known->id);
  });
}

}  // namespace mailmgr::store
