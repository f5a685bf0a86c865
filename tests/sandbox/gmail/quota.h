// Quota units per user and minute, as Google counts them; the window slides, so that at no moment more than a minute's
// units lie within the last 60 seconds (GmailQuota::window). A refused call costs nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "core/base/time.h"
#include "tests/sandbox/gmail/methods.h"
#include "tests/sandbox/gmail/service.h"

namespace mailmgr::sandbox::gmail {

class QuotaMeter {
 public:
  explicit QuotaMeter(GmailQuota quota) : quota_(quota) {}

  std::uint64_t cost(const Method& method) const { return quota_.old_costs ? method.units_old : method.units_new; }
  // Takes the units, or throws ApiError, in turn in one and the other of Google's two shapes.
  void charge(const std::string& user, std::uint64_t units, Time now);
  // Throws ApiError if this many requests of a user at once, or this part of a batch, are too many.
  void check_concurrency(int in_flight, std::size_t batch_part) const;

 private:
  struct Window {
    std::deque<std::pair<Time, std::uint64_t>> spent;  // oldest first
    std::uint64_t total = 0;
    std::uint64_t refusals = 0;
  };
  GmailQuota quota_;
  std::map<std::string, Window> windows_;
};

}  // namespace mailmgr::sandbox::gmail
