// Whom no list writes to, as those need it who write within a transaction. Throws (see sql.h).
#pragma once

#include "core/ports/bulk_store.h"
#include "store/database.h"

namespace mailmgr::store {

// SuppressionStore::add.
void suppress(Database& db, const Suppression& suppression);

}  // namespace mailmgr::store
