// Rides just under a provider's limits: a request waits until it fits into what this machine's processes have spent of
// the user's quota together (core/ports/quota_ledger.h), and until the patience that the provider asked any of them for
// is over. Only the threads of one pacer queue behind each other: users never wait for other users.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

#include "core/ports/clock.h"
#include "core/ports/quota.h"
#include "core/ports/quota_ledger.h"

namespace mailmgr {

enum class Urgency {
  background,  // nobody waits for it: leaves the table's reserve alone
  foreground,  // somebody waits for it
};

class QuotaPacer final : public Pacer {
 public:
  // `key` names the user of the client in the ledger. Must outlive the passages it grants.
  QuotaPacer(const QuotaTable& table, QuotaLedger& ledger, std::string key, Urgency urgency, Clock& clock)
      : table_(table), ledger_(ledger), key_(std::move(key)), urgency_(urgency), clock_(clock) {}

  Result<std::shared_ptr<Passage>> enter(const Charge& charge, const Stop& stop) override;
  void hold(milliseconds wait) override;

 private:
  class Entered;

  struct Attempt {
    std::uint64_t id = 0, parts = 0;  // of what was let through; 0: nothing
    milliseconds wait{};              // until it is worth asking again
    milliseconds blocked{};           // of it, what the provider asked for
  };

  std::uint64_t slots(const Charge& charge) const;
  void take_slots(std::uint64_t slots);
  void give_back_slots(std::uint64_t slots);
  Result<Attempt> attempt(const Charge& charge);
  void leave(std::uint64_t id, std::uint64_t slots);

  const QuotaTable table_;
  QuotaLedger& ledger_;
  const std::string key_;
  const Urgency urgency_;
  Clock& clock_;

  std::mutex turn_;  // one waits at a time, so that a large charge is not overtaken by small ones for ever
  std::mutex slots_mutex_;
  std::condition_variable slots_freed_;
  std::uint64_t slots_ = 0;  // of QuotaTable::at_once, taken by this pacer
};

}  // namespace mailmgr
