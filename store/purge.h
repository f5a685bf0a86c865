// Removes every trace of an account from mail.db, in pieces (pieces.h), so that others write meanwhile; cut off
// anywhere, it is finished by doing it again. Only the last step is a single transaction: writing the file anew
// (Database::rewrite), without which copies of rows stay behind in the unused parts of pages that others' rows are in.
#pragma once

#include "core/mail/parse.h"
#include "store/database.h"
#include "store/messages.h"
#include "store/pieces.h"

namespace mailmgr::store {

class Purge {
 public:
  Purge(Database& db, Messages& messages, AccountId account, const MessageParser& parse)
      : db_(db), messages_(messages), account_(account), parse_(parse) {}

  // Stop's error when `go_on` said no.
  Status run(const GoOn& go_on);

 private:
  Status remove_everything(const GoOn& go_on);
  Status forget_index(const GoOn& go_on);
  template <class Piece>
  Status in_pieces(const GoOn& go_on, Piece piece);
  bool remove_messages();
  bool remove_dependents();
  bool remove_own();
  bool remove_addresses();

  Database& db_;
  Messages& messages_;
  const AccountId account_;
  const MessageParser& parse_;
  std::int64_t addresses_done_ = 0;
};

}  // namespace mailmgr::store
