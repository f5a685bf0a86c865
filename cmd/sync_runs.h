// The syncs of several accounts, some at a time, each in a world of its own: one account's slow provider, spent quota
// or failure does not hold up the others.
#pragma once

#include <functional>
#include <vector>

#include "core/flow/sync.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

class App;

struct SyncChoices {
  bool full = false;
  bool dry_run = false;
  milliseconds wait{};               // for another run of the same account to end
  std::size_t jobs = 1;              // accounts at a time, at least 1
  std::function<void()> alive = {};  // called now and then while something moves
};

// `done` hears of each account as it ends, one at a time. Accounts that had not begun when `stop` was requested are
// left out.
Status run_syncs(App& app, const std::vector<AccountRecord>& accounts, const SyncChoices& choices, const Stop& stop,
                 const std::function<void(const AccountRecord&, const SyncReport&)>& done);

}  // namespace mailmgr
