// Changes to stored grants. Another process may refresh one at any moment, so a change is made on top of whatever is
// stored by then, and again when somebody was faster.
#pragma once

#include <functional>

#include "core/base/result.h"
#include "core/ports/account_stores.h"

namespace mailmgr {

// Applies `change` to the stored grant; false when there is none. `change` may be called more than once and says by
// false that nothing has to be written.
Result<bool> change_grant(GrantStore& grants, GrantId id, const std::function<bool(GrantRecord&)>& change);

// Removes the grant unless an account, connected or not, still has it. What stays behind after a failure is sealed and
// of no use, so failures are not reported.
void remove_if_unused(GrantId id, GrantStore& grants, AccountStore& accounts);

}  // namespace mailmgr
