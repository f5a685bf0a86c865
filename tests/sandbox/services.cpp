#include "tests/sandbox/services.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "tests/sandbox/front.h"
#include "tests/sandbox/gmail/service.h"
#include "tests/sandbox/graph/service.h"

namespace mailmgr::sandbox {
namespace {

GmailQuota gmail_quota(QuotaMode mode) {
  switch (mode) {
    case QuotaMode::gmail_new:
      return GmailQuota::gmail_new();
    case QuotaMode::gmail_old:
      return GmailQuota::gmail_old();
    case QuotaMode::off:
      break;
  }
  return GmailQuota::off();
}

// "Outlook service limits": 10,000 requests in 10 minutes and four at once per app and mailbox, 150 MB uploaded in five
// minutes.
GraphLimits graph_limits(QuotaMode mode) {
  GraphLimits limits;
  limits.requests_per_10_minutes = mode == QuotaMode::off ? 0 : 10'000;
  limits.max_concurrent = mode == QuotaMode::off ? 0 : 4;
  limits.upload_bytes_per_5_minutes = mode == QuotaMode::off ? 0 : 150ULL << 20;
  return limits;
}

}  // namespace

QuotaRate QuotaRate::parse(const std::string& text) {
  const auto slash = text.find('/');
  QuotaRate rate;
  const auto* end = text.data() + std::min(slash, text.size());
  const auto [stopped, problem] = std::from_chars(text.data(), end, rate.units);
  bool good = problem == std::errc() && stopped == end && rate.units > 0;
  if (good && slash != text.npos) {
    const auto window = parse_duration(std::string_view(text).substr(slash + 1));
    good = window && *window > std::chrono::milliseconds(0);
    if (good) rate.window = *window;
  }
  if (!good) throw std::invalid_argument("--quota: \"" + text + "\" is not UNITS or UNITS/TIME (2000/1s)");
  return rate;
}

ServiceMakers real_services(QuotaMode quota, std::optional<QuotaRate> rate) {
  return {[quota, rate](FaultSource& faults, DeliverTo deliver) {
            auto limits = gmail_quota(quota);
            if (rate) {
              limits.units = rate->units;
              limits.window = rate->window;
            }
            return make_gmail_service(faults, limits, std::move(deliver));
          },
          [quota](FaultSource& faults, DeliverTo deliver) {
            return make_graph_service(faults, graph_limits(quota), std::move(deliver));
          },
          [](std::string_view path) { return is_upload_path(path); }};
}

Sandbox::Sandbox(const Options& options, Clock& clock)
    : Sandbox(options, clock, real_services(options.quota, options.quota_rate)) {}

}  // namespace mailmgr::sandbox
