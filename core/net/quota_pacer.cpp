#include "core/net/quota_pacer.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/net/quota_window.h"
#include "core/net/retry.h"

namespace mailmgr {

class QuotaPacer::Entered final : public Passage {
 public:
  Entered(QuotaPacer& pacer, std::uint64_t id, std::uint64_t parts, std::uint64_t slots)
      : pacer_(pacer), id_(id), parts_(parts), slots_(slots) {}
  ~Entered() override { end(); }

  std::uint64_t parts() const override { return parts_; }
  void end() override {
    if (!ended_.exchange(true)) pacer_.leave(id_, slots_);
  }

 private:
  QuotaPacer& pacer_;
  const std::uint64_t id_, parts_, slots_;
  std::atomic<bool> ended_ = false;
};

Result<std::shared_ptr<Passage>> QuotaPacer::enter(const Charge& charge, const Stop& stop) {
  const std::lock_guard turn(turn_);
  take_slots(slots(charge));
  for (;;) {
    auto tried = attempt(charge);
    if (tried && tried->id != 0) {
      return std::shared_ptr<Passage>(std::make_shared<Entered>(*this, tried->id, tried->parts, slots(charge)));
    }
    Error error;
    if (!tried) {
      error = std::move(tried).error();
    } else if (tried->blocked > RetryPolicy().patience) {
      error = {Code::try_later,
               fmt::format("the provider asked for patience until {}", to_rfc3339(clock_.now() + tried->blocked)),
               "progress is saved: run the same command again then"};
      error.retry_after = tried->blocked;
    } else if (clock_.sleep_for(tried->wait, stop)) {
      continue;
    } else {
      error = Stop::error();
    }
    give_back_slots(slots(charge));
    return error;
  }
}

void QuotaPacer::hold(milliseconds wait) {
  if (wait <= milliseconds(0)) return;
  // Where it cannot be written down, whoever was refused still waits by itself.
  (void)ledger_.update(key_, [&](QuotaRecord& record) {
    record.blocked_until =
        std::max(record.blocked_until, clock_.now() + std::min<milliseconds>(wait, kLongestPatience));
  });
}

Result<QuotaPacer::Attempt> QuotaPacer::attempt(const Charge& charge) {
  Attempt result;
  const auto counted = ledger_.update(key_, [&](QuotaRecord& record) {
    const Time now = clock_.now();
    tidy(record, table_, now);
    const auto units = urgency_ == Urgency::background ? table_.units - table_.reserve : table_.units;
    const auto admission = admit(record, table_, units, charge, now);
    result.wait = admission.wait;
    result.blocked = record.blocked_until - now;
    if (admission.parts == 0) return;
    result.id = record.next_id++;
    result.parts = admission.parts;
    const auto share = charge.units * admission.parts / std::max<std::uint64_t>(1, charge.parts);
    record.open.push_back(
        {.id = result.id, .since = now, .units = share, .upload = charge.upload, .at_once = slots(charge)});
  });
  if (!counted) return counted.error();
  return result;
}

void QuotaPacer::leave(std::uint64_t id, std::uint64_t slots) {
  // Where it cannot be written down, it counts as being on its way until this process ends.
  (void)ledger_.update(key_, [&](QuotaRecord& record) { settle(record, table_, id, clock_.now()); });
  give_back_slots(slots);
}

std::uint64_t QuotaPacer::slots(const Charge& charge) const {
  return std::min(charge.units, table_.at_once);
}

// Other processes' requests are looked for in the ledger, now and then; those of this pacer end by themselves, as they
// have been given the same stop, and wake who waits here.
void QuotaPacer::take_slots(std::uint64_t slots) {
  std::unique_lock lock(slots_mutex_);
  slots_freed_.wait(lock, [&] { return slots_ + slots <= table_.at_once; });
  slots_ += slots;
}

void QuotaPacer::give_back_slots(std::uint64_t slots) {
  {
    const std::lock_guard lock(slots_mutex_);
    slots_ -= slots;
  }
  slots_freed_.notify_all();
}

}  // namespace mailmgr
