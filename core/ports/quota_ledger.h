// What this machine has spent of a user's quota at a provider, shared by all processes: a provider counts them as one.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

// The account of one user. Times are the wall clock's, which all processes share.
struct QuotaRecord {
  struct Spent {  // by requests whose answers are complete
    Time when{};
    std::uint64_t units = 0, upload = 0;
  };
  struct Open {  // a request on its way
    std::uint64_t id = 0;
    Time since{};
    std::uint64_t units = 0, upload = 0, at_once = 0;
    std::uint64_t owner = 0;  // who asks, told by the ledger; 0 in a new one
    bool abandoned = false;   // who asked is gone; told by the ledger
  };
  std::vector<Spent> spent;  // oldest first
  std::vector<Open> open;
  std::uint64_t next_id = 1;
  Time blocked_until{};
};

class QuotaLedger {
 public:
  virtual ~QuotaLedger() = default;
  // Calls `change` once with the record of `key`, while nobody else has it, and keeps what it leaves. A record that is
  // missing or damaged begins empty. Code::store or config when it cannot be kept. Safe to use from several threads.
  virtual Status update(std::string_view key, const std::function<void(QuotaRecord&)>& change) = 0;
};

}  // namespace mailmgr
