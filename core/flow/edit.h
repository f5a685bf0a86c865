// Changing messages: first at the provider, then here. What the provider has done is in the store before anybody is
// told of it, also when the rest fails or a person interrupts.
//
// The sync's lease is not taken: a person who marks a message does not wait for a sync, however long it runs. Why the
// store is right in the end all the same: core/ports/edit_store.h.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "core/flow/edit_plan.h"
#include "core/ports/account_stores.h"
#include "core/ports/clock.h"
#include "core/ports/curator.h"
#include "core/ports/edit_store.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

struct EditRequest {
  AccountRecord account;
  GrantRecord grant;
  const ProviderSpec& spec;
  EditOrder order;
  std::span<const EditTarget> targets;  // of that account, each once
};

struct EditWorld {
  Curator& curator;
  EditStore& edits;
  SyncStore& store;  // folders and positions
};

// Told of every message once, after what became of it is stored: nothing, or why not. `alone`: the error is this
// message's; else it ended everything that was not done yet.
struct EditTold {
  const EditTarget& target;
  Status status;
  bool alone = true;
};
using EditListener = std::function<void(const EditTold&)>;

// Whether the account's login may do that: refused where its access does not allow changes, auth_required (with the
// login that would do) where deleting for good needs more.
Status may_edit(const EditRequest& request, std::string_view what);

// Does it. What the whole comes to: nothing where all was done; partial where some was, or could not be because others
// changed it meanwhile; else the error that all failures have in common. An error that ended it (a login is needed,
// interrupted, the store) is that error; where only patience is missing, try_later: the same command goes on.
Status edit_messages(const EditRequest& request, const EditWorld& world, const EditListener& listener,
                     const Stop& stop);

}  // namespace mailmgr
