#include "core/flow/grant_change.h"

#include <algorithm>

namespace mailmgr {

Result<bool> change_grant(GrantStore& grants, GrantId id, const std::function<bool(GrantRecord&)>& change) {
  for (;;) {
    auto grant = grants.find(id);
    if (!grant) return grant.error();
    if (!*grant) return false;
    if (!change(**grant)) return true;
    const auto updated = grants.update(**grant);
    if (!updated) return updated.error();
    if (*updated) return true;
  }
}

void remove_if_unused(GrantId id, GrantStore& grants, AccountStore& accounts) {
  const auto all = accounts.list();
  const bool unused = all && std::none_of(all->begin(), all->end(), [&](const auto& a) { return a.grant == id; });
  if (unused) (void)grants.remove(id);
}

}  // namespace mailmgr
