#include "store/marks.h"

#include <algorithm>

namespace mailmgr::store {
namespace {

void set_flag(std::int64_t& flags, std::int64_t bit, std::optional<bool> value) {
  if (value) flags = *value ? flags | bit : flags & ~bit;
}

// Gmail's UNREAD and STARRED are kept as flags, not as labels.
bool is_mark(const FolderId& id, FolderTable& folders) {
  if (id.value != "UNREAD" && id.value != "STARRED") return false;
  const auto found = folders.find(id);
  return found && found->kind == Folder::Kind::system;
}

}  // namespace

void Marks::apply(const MarksPatch& patch, FolderTable& table) {
  set_flag(flags, kUnread, patch.unread);
  set_flag(flags, kStarred, patch.starred);
  set_flag(flags, kDraft, patch.draft);
  if (patch.folder) {
    std::erase_if(
        folders, [&](const auto& entry) { return entry.second || table.kind_of(entry.first) == Folder::Kind::folder; });
    folders[table.find_or_add(*patch.folder, Folder::Kind::folder).id] = true;
  }
  const auto add = [&](const FolderId& id) {
    if (!is_mark(id, table)) folders.emplace(table.find_or_add(id, Folder::Kind::label).id, false);
  };
  if (patch.labels) {
    // The folder a message is filed in is not among its labels where both exist (Outlook).
    std::erase_if(folders, [](const auto& entry) { return !entry.second; });
    std::for_each(patch.labels->begin(), patch.labels->end(), add);
  }
  std::for_each(patch.add.begin(), patch.add.end(), add);
  for (const auto& id : patch.remove) {
    if (const auto found = table.find(id)) folders.erase(found->id);
  }
  known |= patch.complete;
}

std::map<std::int64_t, bool> MarksTable::folders_of(std::int64_t message) {
  std::map<std::int64_t, bool> result;
  auto row = db_.sql("SELECT folder, filed FROM membership WHERE message = ?");
  row.bind(message);
  while (row.step()) result[row.integer(0)] = row.boolean(1);
  return result;
}

void MarksTable::save(std::int64_t message, const Marks& before, std::int64_t received_before, const Marks& after,
                      std::int64_t received) {
  const bool unread = (after.flags & kUnread) != 0;
  const bool rewrite = received != received_before || unread != ((before.flags & kUnread) != 0);
  auto remove = db_.sql("DELETE FROM membership WHERE folder = ? AND received = ? AND message = ?");
  for (const auto& [folder, filed] : before.folders) {
    const auto kept = after.folders.find(folder);
    if (!rewrite && kept != after.folders.end() && kept->second == filed) continue;
    remove.bind(folder, received_before, message).run();
  }
  auto insert = db_.sql("INSERT INTO membership (folder, received, message, unread, filed) VALUES (?, ?, ?, ?, ?)");
  for (const auto& [folder, filed] : after.folders) {
    const auto old = before.folders.find(folder);
    if (!rewrite && old != before.folders.end() && old->second == filed) continue;
    insert.bind(folder, received, message, unread, filed).run();
  }
}

void MarksTable::remove(std::int64_t message) {
  db_.sql("DELETE FROM membership WHERE message = ?").bind(message).run();
}

// Operations: u s d (a flag, "1" or "0"), f (folder), l (labels are replaced by those that follow as +), + and -
// (a label), c (complete).
void MarksTable::keep_pending(std::int64_t wanted, const MarksPatch& patch) {
  auto next = db_.sql("SELECT ifnull(max(step), 0) FROM pending WHERE wanted = ?");
  next.bind(wanted).step();
  std::int64_t step = next.integer(0);
  auto insert = db_.sql("INSERT INTO pending (wanted, step, op, value) VALUES (?, ?, ?, ?)");
  const auto keep = [&](const char* op, const std::string& value) { insert.bind(wanted, ++step, op, value).run(); };
  const auto keep_flag = [&](const char* op, std::optional<bool> value) {
    if (value) keep(op, *value ? "1" : "0");
  };
  keep_flag("u", patch.unread);
  keep_flag("s", patch.starred);
  keep_flag("d", patch.draft);
  if (patch.folder) keep("f", patch.folder->value);
  if (patch.labels) {
    keep("l", "");
    for (const auto& id : *patch.labels) keep("+", id.value);
  }
  for (const auto& id : patch.add) keep("+", id.value);
  for (const auto& id : patch.remove) keep("-", id.value);
  if (patch.complete) keep("c", "");
}

std::vector<MarksPatch> MarksTable::pending(std::int64_t wanted) {
  std::vector<MarksPatch> patches;
  auto row = db_.sql("SELECT op, value FROM pending WHERE wanted = ? ORDER BY step");
  row.bind(wanted);
  while (row.step()) {
    MarksPatch patch;  // one operation each keeps their order
    const auto op = row.text(0);
    const auto value = row.text(1);
    if (op == "u") patch.unread = value == "1";
    if (op == "s") patch.starred = value == "1";
    if (op == "d") patch.draft = value == "1";
    if (op == "f") patch.folder = FolderId(value);
    if (op == "l") patch.labels.emplace();
    if (op == "+") patch.add.emplace_back(value);
    if (op == "-") patch.remove.emplace_back(value);
    if (op == "c") patch.complete = true;
    patches.push_back(std::move(patch));
  }
  return patches;
}

}  // namespace mailmgr::store
