// Streams of changes and the full enumerations of them: what an enumeration named (`seen`), under which labels
// (`staged`), and what becomes of stored mail that it did not name. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/ports/sync_store.h"
#include "store/database.h"
#include "store/messages.h"

namespace mailmgr::store {

struct StreamRow {
  std::int64_t id = 0;
  bool enumerating = false;
  std::int64_t began = 0;              // counter 'stored' when the enumeration began
  std::optional<std::int64_t> folder;  // the folder's row, where the stream is one folder's
};

class Enumerations {
 public:
  Enumerations(Database& db, Messages& messages) : db_(db), messages_(messages) {}

  StreamRow open(AccountId account, const StreamId& stream);  // made when new
  void begin(const StreamRow& stream, const Cursor& cursor);
  void see(const StreamRow& stream, std::int64_t message);
  void stage(const StreamRow& stream, std::int64_t message, std::int64_t label);
  void leave_out(const StreamRow& stream, const RemoteId& id);
  bool is_left_out(const StreamRow& stream, const RemoteId& id);
  void end(const StreamRow& stream);

  // The stream's messages that were not seen become departed: all that are in its folder, or else those stored before
  // the enumeration began and not received before `since`.
  void depart_unseen(AccountId account, const StreamRow& stream, std::optional<Time> since = std::nullopt);
  // All messages of a folder become departed.
  void depart_folder(AccountId account, std::int64_t folder);
  // Gives those that were stored before and seen exactly their staged labels; how many changed.
  std::uint64_t rebuild_marks(AccountId account, const StreamRow& stream);

 private:
  Database& db_;
  Messages& messages_;
};

// Labels of `staged` that are no folder's row.
inline constexpr std::int64_t kStagedUnread = -1;
inline constexpr std::int64_t kStagedStarred = -2;
inline constexpr std::int64_t kStagedDraft = -3;

}  // namespace mailmgr::store
