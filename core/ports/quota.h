// What a provider lets one user of one OAuth client do in a time: its limits as data, and the pacer that keeps requests
// within them. Google counts quota units per minute ("Gmail API: Usage limits"), Microsoft requests per ten minutes,
// requests at once and bytes of upload ("Microsoft Graph service-specific throttling limits").
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct QuotaTable {
  std::string_view name;    // as `provider set --quota` has it
  std::uint64_t units = 0;  // in any `window`
  milliseconds window{};
  std::uint64_t reserve = 0;  // of the units: what waits for nobody leaves them to what a person waits for
  std::uint64_t message = 1;  // units that fetching one costs
  std::uint64_t at_once = 0;  // units on their way; 0: no such limit is published
  std::uint64_t upload = 0;   // bytes of requests with a body in any `upload_window`; 0: no limit
  milliseconds upload_window{};
};

// The table that a provider's setting names: "" (the first of `tables`), a name, or "NAME:UNITS" where the provider
// granted another number of units, "NAME:UNITS/TIME" where it counts in another window (parse_duration's words; up to a
// day). Code::usage, naming --quota, for anything else.
Result<QuotaTable> choose_quota(std::span<const QuotaTable> tables, std::string_view setting);

std::uint64_t messages_per_minute(const QuotaTable& table);  // that a first sync can fetch; at least 1

// What one HTTP request asks of the quota.
struct Charge {
  std::uint64_t units = 1;
  std::uint64_t upload = 0;  // bytes
  std::uint64_t parts = 1;   // of equal cost, of which some may go before the others; 1: all or nothing
};

// A request that was let through. It counts as being on its way until end(), or until it is destroyed.
class Passage {
 public:
  virtual ~Passage() = default;
  virtual std::uint64_t parts() const = 0;  // how many of the charge's were let through, at least 1
  virtual void end() = 0;                   // the answer is complete, or will not come
};

// Lets requests through one by one, from any thread. Everything that uses the same user's quota, in this process and in
// others of this machine, is counted together.
class Pacer {
 public:
  virtual ~Pacer() = default;
  // Waits until the request fits. interrupted when `stop` ends the wait; try_later, with retry_after, when the provider
  // asked for more patience than a run has; store when there is nowhere to count.
  virtual Result<std::shared_ptr<Passage>> enter(const Charge& charge, const Stop& stop) = 0;
  // The provider asked to be left alone for so long: nobody enters before.
  virtual void hold(milliseconds wait) = 0;
};

}  // namespace mailmgr
