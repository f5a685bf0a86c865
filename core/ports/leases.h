// Leases keep processes out of each other's way: `sync-<account>` around a sync, `grant-<id>` around a token refresh,
// `outbox-<account>` around a dispatch, `vault` around a change of keys and of a provider's secrets. A lease dies with
// its process. Never hold two of one kind.
#pragma once

#include <memory>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/stop.h"

namespace mailmgr {

class Lease {  // released when destroyed
 public:
  virtual ~Lease() = default;
};

class Leases {
 public:
  virtual ~Leases() = default;
  // Takes the lease, waiting at most `patience` (0: try once). Code::busy, naming the holder's process id where known,
  // when somebody else has it; Code::store when the lock cannot be made.
  virtual Result<std::unique_ptr<Lease>> take(std::string_view name, milliseconds patience, const Stop& stop) = 0;
};

}  // namespace mailmgr
