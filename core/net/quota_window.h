// The arithmetic of a quota: whether a charge fits into the sliding window of what has been spent, and when it will.
//
// A provider counts a request at some moment between its start and its answer. So a request counts as spent from its
// start on and is dated when its answer is complete: whatever moment it was, no window of the provider's ever holds
// more than one of these.
#pragma once

#include "core/ports/quota.h"
#include "core/ports/quota_ledger.h"

namespace mailmgr {

struct Admission {
  std::uint64_t parts = 0;  // of the charge that fit now; 0: none
  milliseconds wait{};      // until it is worth asking again
};

// Whether `charge` fits within `table`, with `units` as the limit on units. A charge beyond all limits fits when
// nothing else counts.
Admission admit(const QuotaRecord& record, const QuotaTable& table, std::uint64_t units, const Charge& charge,
                Time now);

// Forgets what has left every window, and dates what was abandoned.
void tidy(QuotaRecord& record, const QuotaTable& table, Time now);

// Moves the request with that id from those on their way to those answered.
void settle(QuotaRecord& record, const QuotaTable& table, std::uint64_t id, Time now);

}  // namespace mailmgr
