// The two databases of a store and the steps that build their schemas. A released step is never changed: what a later
// version needs is another step at the end of the array.
#pragma once

#include "store/database.h"

namespace mailmgr::store {

extern const DatabaseKind kMailDatabase;    // mail.db: mail, marks, queues, cursors, outbox
extern const DatabaseKind kTokensDatabase;  // tokens.db: providers, grants, accounts, the wrapped key

}  // namespace mailmgr::store
