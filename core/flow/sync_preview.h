// What a sync would find now, without changing anything here or there: the changes since the last one are read and
// counted, and thrown away. Of a mailbox, or a folder, that was never listed to its end only an estimate is known.
#pragma once

#include "core/flow/sync.h"
#include "core/ports/inventory.h"

namespace mailmgr {

// `fetched`, `changed` and `deleted` are what would become of messages, `remaining` what is queued already or, by
// estimate, was never listed; `run` is 0. `error` as of sync_account.
SyncReport preview_sync(const SyncRequest& request, const SyncWorld& world, Inventory& inventory, const Stop& stop);

}  // namespace mailmgr
