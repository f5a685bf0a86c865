// What happened to messages, in order, for scripts that react: each call takes up where the last one ended. Kept as
// long as the runs that brought it (RunLog). Errors are Code::store.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace mailmgr {

enum class ChangeEvent {
  arrived = 0,  // stored for the first time
  changed = 1,  // its marks, its places, or (a draft's) its content
  deleted = 2,  // gone from the store; its id is not used again
  sent = 3,     // arrived, and it is what the outbox sent
  bounced = 4,
};
std::string_view to_string(ChangeEvent event);  // "new", "changed", "deleted", "sent", "bounced"

struct ChangeRow {
  std::int64_t seq = 0;  // ascending, never used again
  ChangeEvent event = ChangeEvent::arrived;
  MessageId message;
  AccountId account;
};

class ChangeFeed {
 public:
  virtual ~ChangeFeed() = default;
  // Up to `limit` changes behind `seq`, oldest first; of these accounts (empty: all).
  virtual Result<std::vector<ChangeRow>> after(std::int64_t seq, std::span<const AccountId> accounts,
                                               std::size_t limit) = 0;
  // The latest change there ever was; 0 before the first.
  virtual Result<std::int64_t> last() = 0;
  // The earliest change that is still kept; nullopt if none is.
  virtual Result<std::optional<std::int64_t>> first() = 0;
  // How far a consumer has read; nullopt for one that never did.
  virtual Result<std::optional<std::int64_t>> position(std::string_view consumer) = 0;
  virtual Status remember(std::string_view consumer, std::int64_t seq) = 0;
};

}  // namespace mailmgr
