// Folders and labels of a mailbox, changed from here and compared with what the provider lists.
#pragma once

#include <set>

#include "tests/flow/edit_world.h"

namespace mailmgr::test {

inline std::set<std::string> described(const std::vector<Folder>& folders) {
  std::set<std::string> result;
  for (const auto& f : folders)
    result.insert(fmt::format("{} {} {} {}", f.id.value, static_cast<int>(f.kind), f.path, f.color));
  return result;
}

// The store has the folders that the provider lists, without a sync, and a sync changes nothing.
inline void check_folders(EditedMailbox& world) {
  const auto mailbox = world.box.spec.mailbox(world.full_deps());
  const auto listed = described(mailbox->refresh({}, {}).value().folders.folders);
  CHECK(described(world.folders()) == listed);
  CHECK(world.sync_all().complete);
  CHECK(described(world.folders()) == listed);
  CHECK(world.difference() == "");
}

inline Result<Folder> made(EditedMailbox& world, const std::string& path, const std::string& color = "",
                           bool label = false) {
  return world.change_folders(label, [&](const auto& request, const auto& folders) {
    return create_folder(request, path, color, folders, {});
  });
}
inline Result<Folder> renamed(EditedMailbox& world, const std::string& path, std::optional<std::string_view> to,
                              const std::string& color = "", bool label = false) {
  return world.change_folders(label, [&](const auto& request, const auto& folders) {
    return change_folder(request, path, to, color, folders, {});
  });
}
inline Status dropped(EditedMailbox& world, const std::string& path, bool label = false) {
  return world.change_folders(
      label, [&](const auto& request, const auto& folders) { return delete_folder(request, path, folders, {}); });
}

}  // namespace mailmgr::test
