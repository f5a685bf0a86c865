// The part of a verification that compares bytes.
#pragma once

#include <map>
#include <vector>

#include "core/flow/verify.h"

namespace mailmgr {

using Differences = std::map<RemoteId, Difference>;

// The stored bytes of these messages against the hash they had when they were stored and, with `stable_bytes`, against
// the provider's, which are fetched. `compared` is counted up. An Error is about the store or the account as a whole.
Result<Differences> compare_content(const std::vector<LocalMessage>& messages, const VerifyWorld& world,
                                    bool stable_bytes, std::uint64_t& compared, const Stop& stop);

}  // namespace mailmgr
