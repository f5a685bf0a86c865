// Exporting mail: what a query finds goes, message by message, to where it is exported to (core/mailfiles). Nothing is
// asked of a provider. What arrives meanwhile is left to the next run.
#pragma once

#include <functional>

#include "core/mailfiles/export_target.h"
#include "core/ports/clock.h"
#include "core/ports/inventory.h"
#include "core/ports/provider_config.h"
#include "core/ports/stop.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

struct ExportRequest {
  const query::Query& query;
  Selection selection;
  const std::vector<AccountName>& names;
  bool dry_run = false;
};

struct ExportWorld {
  MessageReader& reader;
  Inventory& inventory;
  ExportTarget& target;
};

struct ExportEvents {
  std::function<void(MessageId, const Error&)> failed;  // a message that could not be read; the others go on
  std::function<bool(const ExportRecord&)> progress;    // after each message; false ends it early
};

// Puts all that is found into the target and counts it in `record`; the target's begin() and finish() are the
// caller's. Errors: of the query, the target's, Code::interrupted.
Status export_messages(const ExportRequest& request, const ExportWorld& world, const ExportEvents& events,
                       ExportRecord& record, const Stop& stop);

// Whether all of the account's mail is in the store, as far as its syncs know: what is found is then all there is.
// Never so where they have not begun. Code::store.
Result<bool> is_all_here(const AccountRecord& account, SyncStore& sync);

// --mirror into a place that holds something else would remove that: usage.
Status check_mirror(const ExportRecord& record, const std::optional<ExportRecord>& last, std::string_view path);

}  // namespace mailmgr
