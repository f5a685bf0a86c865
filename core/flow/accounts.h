// Accounts by name: which one is meant, and letting one go.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/leases.h"
#include "core/ports/stop.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

// The account of that name (exact) or address (case-insensitive). not_found lists what there is; usage if an address
// fits several.
Result<AccountRecord> find_account(const std::vector<AccountRecord>& accounts, std::string_view name_or_email);

// The one to act on when none was named: the default, else the only one. not_found without accounts, usage without a
// default among several.
Result<AccountRecord> default_account(const std::vector<AccountRecord>& accounts);

// Stops syncing and sending; mail stays readable. The tokens go when no other account uses them. With `purge`, every
// trace of the account goes too. Code::busy while a sync of it runs.
Status disconnect_account(const AccountRecord& account, bool purge, AccountStore& accounts, GrantStore& grants,
                          SyncStore& mail, Leases& leases, const Stop& stop);

}  // namespace mailmgr
