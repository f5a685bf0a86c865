#include "core/oauth/device.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/net/retry.h"
#include "core/oauth/authorization.h"
#include "core/oauth/form_post.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kPollDeadline = 30s;
constexpr milliseconds kSlower = 5s;  // RFC 8628 §3.5
constexpr std::size_t kLongestUserCode = 32;
constexpr std::chrono::seconds kLongestLife = 1h;
constexpr std::chrono::seconds kLongestInterval = 1min;
constexpr std::chrono::seconds kUsualInterval = 5s;  // §3.2: when the server does not say

Error bad_answer(std::string_view why) {
  return {Code::try_later, fmt::format("the answer is unusable: {}", why), "run the same command again"};
}

bool is_user_code(std::string_view text) {
  return !text.empty() && text.size() <= kLongestUserCode &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<DeviceCode> read_code(const FlatJson& json) {
  DeviceCode code;
  code.device_code = Secret(json.text("device_code"));
  code.user_code = json.text("user_code");
  if (code.device_code.empty() || !is_user_code(code.user_code)) return bad_answer("it holds no proper code");
  // A person is sent there with a code that opens their mailbox.
  auto page = Url::parse(json.text("verification_uri"));
  if (!page || (page->scheme != "https" && !page->is_loopback())) {
    return bad_answer("the page for the code is no https address");
  }
  code.verification_uri = std::move(*page);
  const JsonMember* expires = json.find("expires_in");
  const auto life = expires ? lifetime(*expires, kLongestLife) : std::nullopt;
  if (!life || life->count() == 0) return bad_answer("expires_in is not a time");
  code.expires_in = *life;
  const JsonMember* interval = json.find("interval");
  const auto between = interval ? lifetime(*interval, kLongestInterval) : kUsualInterval;
  if (!between) return bad_answer("interval is not a time");
  code.interval = std::max<milliseconds>(*between, 1s);
  return code;
}

Error no_decision(const OAuthClient& client) {
  return {Code::auth_required, "the code was not entered and accepted in time",
          fmt::format("mailmgr login {} --device", client.provider)};
}

}  // namespace

Result<DeviceCode> DeviceClient::begin(const std::vector<std::string>& scopes, milliseconds deadline,
                                       const Stop& stop) {
  if (!client_.endpoints.device) {
    return Error{Code::config, client_.title + " has no endpoint for device codes", "log in without --device"};
  }
  const QueryParams form{{"client_id", client_.client_id},
                         {"scope", scope_parameter(scopes, client_.endpoints.scope_prefix)}};
  const auto response = post_form(http_, *client_.endpoints.device, form, deadline, stop);
  if (!response) return response.error();
  const auto json = read_answer(*response, {client_, GrantType::device_code, clock_.now(), {}});
  if (!json) return json.error();
  auto code = read_code(*json);
  if (!code) return code.error().within(client_.endpoints.device->origin());
  return code;
}

Result<TokenSet> DeviceClient::wait(const DeviceCode& code, const Stop& outer) {
  TokenClient endpoint(http_, clock_, random_, client_);
  const Stop stop = outer.before(clock_.monotonic() + code.expires_in);
  milliseconds interval = code.interval;
  while (clock_.sleep_for(interval, stop) && !stop.requested(clock_)) {
    auto poll = endpoint.redeem_device_code(code.device_code, kPollDeadline, stop);
    if (poll && poll->tokens) return std::move(*poll->tokens);
    if (!poll && poll.error().code == Code::interrupted) break;
    if (!poll && !is_worth_retrying(poll.error(), true)) return poll.error();
    if (!poll || poll->slow_down) interval += kSlower;
    if (!poll && poll.error().retry_after) interval = std::max(interval, *poll.error().retry_after);
  }
  if (stop.interrupted()) return Stop::error();
  return no_decision(client_);
}

}  // namespace mailmgr
