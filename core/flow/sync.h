// Brings one account's local store up to its mailbox: first enumerate, then fetch. Enumerating follows the provider's
// changes (or lists everything, on the first run and when a cursor has expired) and writes what should be here into the
// store's queue; fetching drains that queue. Both commit as they go, so a run can end anywhere, by a deadline, a signal
// or a kill, and the next one goes on from there. Nothing that is stored is fetched again.
#pragma once

#include <functional>
#include <optional>

#include "core/base/result.h"
#include "core/flow/sync_scope.h"
#include "core/ports/clock.h"
#include "core/ports/leases.h"
#include "core/ports/provider.h"
#include "core/ports/run_log.h"
#include "core/ports/stop.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

struct SyncRequest {
  AccountId account;
  ScopeWish scope;                 // the account's; when it differs from the last run's, everything is listed again
  bool full = false;               // enumerate again although the cursors are good
  bool snapshots_streams = false;  // ProviderSpec::snapshots_streams
  milliseconds lease_patience{};   // how long to wait for another run of this account to end
};

struct SyncReport {
  AccountId account;
  RunId run;
  Time started{};
  milliseconds took{};
  std::uint64_t fetched = 0;    // messages stored in this run
  std::uint64_t changed = 0;    // messages whose marks changed
  std::uint64_t deleted = 0;    // messages removed
  std::uint64_t failed = 0;     // messages that have failed at least once and are not stored
  std::uint64_t remaining = 0;  // messages still to fetch, failed ones included
  std::uint64_t bytes = 0;      // of the messages fetched
  Usage usage;                  // what it cost at the provider
  bool reconciled = false;      // all ids were compared with the provider's
  bool complete = false;        // the store is known to equal what is in scope at the provider
  // A message failed for the first time, or often enough to be given up for now: the run ends with Code::partial.
  bool met_failures = false;
  std::optional<Error> error;  // why it ended early; Code::interrupted when only the time was up

  // What the run comes to: the error, partial, or nothing.
  Status outcome() const;
};

struct SyncWorld {
  Mailbox& mailbox;
  SyncStore& store;
  RunLog& runs;
  Leases& leases;
  Clock& clock;
  UsageMeter& usage;  // the one the mailbox was given
};

// Told now and then how far a run is; for a progress bar.
using SyncProgress = std::function<void(const SyncReport&)>;

// Never fails as a whole: the report says what was done and, in `error`, why it ended early (busy, auth_required, …).
// A stop by deadline is a clean end: no error, `remaining` tells.
SyncReport sync_account(const SyncRequest& request, const SyncWorld& world, const SyncProgress& progress,
                        const Stop& stop);

}  // namespace mailmgr
