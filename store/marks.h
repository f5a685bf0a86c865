// What is marked on a message (flags, folders, labels) and how a MarksPatch changes it. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/ports/provider.h"
#include "store/database.h"
#include "store/folder_table.h"

namespace mailmgr::store {

inline constexpr std::int64_t kUnread = 1;
inline constexpr std::int64_t kStarred = 2;
inline constexpr std::int64_t kDraft = 4;
inline constexpr std::int64_t kHasAttachments = 8;
inline constexpr std::int64_t kNotListed = -1;  // membership.received of a message that is not stored yet

struct Marks {
  std::int64_t flags = 0;
  std::map<std::int64_t, bool> folders;  // folder's row → filed there as in its one folder
  bool known = false;                    // a complete patch was applied
  bool operator==(const Marks&) const = default;

  // Lays `patch` over these marks: flags, then folder, labels, add and remove.
  void apply(const MarksPatch& patch, FolderTable& folders);
};

class MarksTable {
 public:
  explicit MarksTable(Database& db) : db_(db) {}

  // The folders of a message; its flags are kept with its row.
  std::map<std::int64_t, bool> folders_of(std::int64_t message);
  // Writes the memberships that differ. `received` is the message's date as lists see it (kNotListed: not stored).
  void save(std::int64_t message, const Marks& before, std::int64_t received_before, const Marks& after,
            std::int64_t received);
  void remove(std::int64_t message);

  // Keeps a patch until the wanted message is stored, and reads what was kept, in order.
  void keep_pending(std::int64_t wanted, const MarksPatch& patch);
  std::vector<MarksPatch> pending(std::int64_t wanted);

 private:
  Database& db_;
};

}  // namespace mailmgr::store
