#include "tests/sandbox/gmail/quota.h"

#include "tests/sandbox/gmail/errors.h"

namespace mailmgr::sandbox {

GmailQuota GmailQuota::gmail_new() {
  return {6000, false, 50, 50};
}
GmailQuota GmailQuota::gmail_old() {
  return {15000, true, 50, 50};
}
GmailQuota GmailQuota::off() {
  return {};
}

namespace gmail {

void QuotaMeter::charge(const std::string& user, std::uint64_t units, Time now) {
  if (quota_.units == 0) {
    return;
  }
  Window& window = windows_[user];
  while (!window.spent.empty() && window.spent.front().first + quota_.window <= now) {
    window.total -= window.spent.front().second;
    window.spent.pop_front();
  }
  if (window.total + units > quota_.units) {
    // The moment when enough has left the window.
    std::uint64_t left = window.total;
    Time free_at = now + quota_.window;
    for (const auto& [when, spent] : window.spent) {
      left -= spent;
      if (left + units <= quota_.units) {
        free_at = when + quota_.window;
        break;
      }
    }
    throw ++window.refusals % 2 == 1 ? quota_exceeded(free_at) : user_rate_exceeded(free_at);
  }
  window.total += units;
  if (!window.spent.empty() && window.spent.back().first == now) {
    window.spent.back().second += units;
  } else {
    window.spent.emplace_back(now, units);
  }
}

void QuotaMeter::check_concurrency(int in_flight, std::size_t batch_part) const {
  const bool too_many = quota_.max_in_flight > 0 && in_flight > quota_.max_in_flight;
  const bool too_wide = quota_.max_batch_parts > 0 && batch_part >= quota_.max_batch_parts;
  if (too_many || too_wide) {
    throw too_many_concurrent();
  }
}

}  // namespace gmail
}  // namespace mailmgr::sandbox
