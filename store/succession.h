// Drafts that live on under another id: Gmail gives a draft a new one whenever it is saved, Graph may when it is sent.
// The row of a stored draft that is gone waits until what came with its going was fetched; the message that continues
// it takes the row over, and with it the public id and all that hangs on that. Throws (see sql.h).
#pragma once

#include <cstdint>
#include <span>

#include "core/ports/sync_store.h"
#include "store/database.h"
#include "store/messages.h"
#include "store/queue.h"

namespace mailmgr::store {

class Succession {
 public:
  Succession(Database& db, Messages& messages) : db_(db), messages_(messages), queue_(db) {}

  // Whether the row of this message, which is gone, waits from now on: only a stored draft's does.
  bool waits(const MessageState& gone);
  // Before Messages::store(): gives waiting rows to those of these messages that continue them.
  void adopt(AccountId account, std::span<const NewMessage> messages);
  // Removes the rows that still wait; how many.
  std::uint64_t give_up(AccountId account);

 private:
  std::optional<MessageState> predecessor(AccountId account, const NewMessage& message,
                                          const std::optional<MessageState>& known);
  void take_over(AccountId account, const MessageState& draft, const RemoteId& id,
                 const std::optional<MessageState>& known);
  std::vector<MessageState> waiting(AccountId account);

  Database& db_;
  Messages& messages_;
  Queue queue_;
};

}  // namespace mailmgr::store
