#include "tests/sandbox/services.h"

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

ServiceMakers real_services(QuotaMode quota) {
  return {[quota](FaultSource& faults, DeliverTo deliver) {
            return make_gmail_service(faults, gmail_quota(quota), std::move(deliver));
          },
          [quota](FaultSource& faults, DeliverTo deliver) {
            return make_graph_service(faults, graph_limits(quota), std::move(deliver));
          },
          [](std::string_view path) { return is_upload_path(path); }};
}

Sandbox::Sandbox(const Options& options, Clock& clock) : Sandbox(options, clock, real_services(options.quota)) {}

}  // namespace mailmgr::sandbox
