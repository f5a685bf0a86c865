// Letting go of a mailbox: it is neither synced nor sent from any more. Its mail stays readable, or goes without a
// trace.
#pragma once

#include "core/base/result.h"
#include "core/flow/logout.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

struct DisconnectRequest {
  AccountRecord account;
  bool purge = false;   // remove the account, its mail and its outbox from this machine
  bool revoke = false;  // tell the provider, as log_out() does; nothing to do for an account without a login of its own
};

struct DisconnectWorld {
  LogoutWorld login;
  SyncStore& mail;
};

// The tokens go when no other account uses them. Errors: busy while a sync or a dispatch of it runs; those of
// log_out(); interrupted when `stop` was requested during a purge, which the same request then goes on with (its
// account being one of AccountStore::purging()). When the provider could not be told (partial), the account is
// disconnected but nothing is purged, so that telling it can be tried again.
Result<Revocation> disconnect_account(const DisconnectRequest& request, const DisconnectWorld& world, const Stop& stop);

}  // namespace mailmgr
