#include "tests/sandbox/graph/throttle.h"

#include <algorithm>

namespace mailmgr::sandbox::graph {
namespace {

constexpr auto kRequestWindow = std::chrono::minutes(10);
constexpr auto kUploadWindow = std::chrono::minutes(5);

[[noreturn]] void throttled(std::string_view code, std::string_view message, milliseconds wait) {
  const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
  throw Fault{429, std::string(code), std::string(message), {{"Retry-After", std::to_string(seconds)}}};
}

}  // namespace

void count_request(const GraphLimits& limits, Account& account, const Request& request, Time now) {
  if (limits.max_concurrent > 0 && request.in_flight > limits.max_concurrent) {
    throttled("ApplicationThrottled", "Application is over its MailboxConcurrency limit.", std::chrono::seconds(2));
  }
  if (limits.requests_per_10_minutes > 0) {
    auto& times = account.requests;
    while (!times.empty() && times.front() + kRequestWindow <= now) {
      times.pop_front();
    }
    if (times.size() >= static_cast<std::size_t>(limits.requests_per_10_minutes)) {
      throttled("TooManyRequests", "Too many requests.", times.front() + kRequestWindow - now);
    }
    times.push_back(now);
  }
  const bool uploads = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (limits.upload_bytes_per_5_minutes > 0 && uploads) {
    auto& sent = account.uploaded;
    while (!sent.empty() && sent.front().first + kUploadWindow <= now) {
      account.uploaded_bytes -= sent.front().second;
      sent.pop_front();
    }
    if (!sent.empty() && account.uploaded_bytes + request.body.size() > limits.upload_bytes_per_5_minutes) {
      throttled("ApplicationThrottled", "Application is over its upload limit.",
                sent.front().first + kUploadWindow - now);
    }
    sent.emplace_back(now, request.body.size());
    account.uploaded_bytes += request.body.size();
  }
}

}  // namespace mailmgr::sandbox::graph
