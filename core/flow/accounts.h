// Accounts by name: which one is meant.
#pragma once

#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/ports/account_stores.h"

namespace mailmgr {

// The account of that name (exact) or address (case-insensitive). not_found lists what there is; usage if an address
// fits several.
Result<AccountRecord> find_account(const std::vector<AccountRecord>& accounts, std::string_view name_or_email);

// The one to act on when none was named: the default, else the only one. not_found without accounts, usage without a
// default among several.
Result<AccountRecord> default_account(const std::vector<AccountRecord>& accounts);

}  // namespace mailmgr
