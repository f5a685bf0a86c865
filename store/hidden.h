// Accounts whose purge has begun: nothing of them is read any more, though it may still be in the database.
#pragma once

#include <algorithm>
#include <vector>

#include "core/base/ids.h"

namespace mailmgr::store {

struct Hidden {
  std::vector<AccountId> accounts;
  bool contains(AccountId account) const {
    return std::find(accounts.begin(), accounts.end(), account) != accounts.end();
  }
};

}  // namespace mailmgr::store
