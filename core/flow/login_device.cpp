#include "core/flow/login_authorize.h"
#include "core/net/retry.h"
#include "core/oauth/device.h"

namespace mailmgr {
namespace {

using namespace std::chrono_literals;

constexpr milliseconds kBeginDeadline = 30s;

}  // namespace

Result<TokenSet> authorize_on_device(const LoginPlan& plan, const OAuthClient& client, const LoginRequest& request,
                                     const LoginWorld& world, const LoginFront& front, const Stop& outer) {
  const Stop stop = request.timeout ? outer.before(world.clock.monotonic() + *request.timeout) : outer;
  DeviceClient device(world.http(plan.config), world.clock, world.random, client);
  const auto code = with_retries(Retry({true, 3, 30s}, world.clock, world.random), stop,
                                 [&] { return device.begin(plan.scopes, kBeginDeadline, stop); });
  if (!code) return code.error();
  front.on_code({code->verification_uri, code->user_code, code->expires_in});
  return device.wait(*code, stop);
}

}  // namespace mailmgr
