// What happened to messages since a position: cheap (2 units for up to 500 changes), where looking at each message
// would cost 20.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/ports/provider.h"
#include "providers/api_client.h"

namespace mailmgr::google {

// The labels of a message that changed, as they are now.
struct Since {
  bool gone = false;
  std::map<std::string, bool> labels;
  std::optional<bool> unread, starred, draft;

  void take(const Change& change);
  // Whether it is now in other folders than `expected`, as far as they are among the changes.
  bool contradicts(const std::vector<FolderId>& expected) const;
  MarksPatch marks() const;
};
using SinceById = std::unordered_map<RemoteId, Since>;

// Of all messages that changed since `cursor`; nullopt where that cannot be told at this price: no position, one that
// Gmail has forgotten, or too much.
Result<std::optional<SinceById>> changes_since(Mailbox& mailbox, const StreamCursor& from, const Stop& stop);

// The folders a message can be in on Gmail.
bool is_place(std::string_view label);

}  // namespace mailmgr::google
