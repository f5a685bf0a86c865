// mail.db and tokens.db of one folder together.
#pragma once

#include <memory>
#include <string>

#include "store/database.h"

namespace mailmgr::store {

struct DatabasePair {
  std::unique_ptr<Database> mail, tokens;

  static Result<DatabasePair> open(const std::string& folder, OpenMode mode);

  // Connections that see both databases as they were at one moment, for as long as they are open. Whoever wants to
  // write waits for that moment and no longer.
  static Result<DatabasePair> pinned(const std::string& folder);

  // Folds the logs into the databases; each is one file afterwards, that a read-only medium can hold. Code::try_later
  // when another connection is open.
  Status fold();
};

}  // namespace mailmgr::store
