#include "core/flow/login_forecast.h"

#include <fmt/format.h>

namespace mailmgr {
namespace {

using std::chrono::hours;

constexpr milliseconds kTestingLifetime = hours(24 * 7);
constexpr milliseconds kSinglePageLifetime = hours(24);

// Why the provider set an end of its own. What it gave for good comes without one (Google: "Refresh token expiration",
// Entra: "Refresh tokens in the Microsoft identity platform").
std::string reason_of_end(const GrantRecord& grant, const ProviderSpec& spec, Time now) {
  const milliseconds left = *grant.refresh_expires - grant.refreshed.value_or(now);
  if (spec.kind == ProviderKind::google && left <= kTestingLifetime) {
    return "the Google Cloud project is in status Testing, where logins end after 7 days: publish it";
  }
  if (spec.kind == ProviderKind::microsoft && left <= kSinglePageLifetime) {
    return "logins through a single-page-application registration end after 24 hours: register http://localhost under "
           "\"Mobile and desktop applications\"";
  }
  return fmt::format("{} limits this login to that time", spec.title);
}

}  // namespace

bool LoginForecast::ends_within(milliseconds span, Time now) const {
  return needs_login || (expires && *expires - now <= span);
}

LoginForecast forecast_login(const std::optional<GrantRecord>& grant, const ProviderSpec& spec, Time now) {
  if (!grant) return {true, std::nullopt, false, "its login is gone"};
  if (grant->state != GrantState::active) {
    return {true, std::nullopt, false, grant->state_reason.empty() ? "the login has ended" : grant->state_reason};
  }
  if (serves_organisation(grant->kind)) return {};
  if (grant->refresh_expires) {
    return {*grant->refresh_expires <= now, grant->refresh_expires, false, reason_of_end(*grant, spec, now)};
  }
  if (!grant->refreshed || !spec.idle_lifetime) return {};
  return {false, *grant->refreshed + *spec.idle_lifetime, true,
          fmt::format("{} ends a login that is not used for {} days", spec.title,
                      std::chrono::duration_cast<hours>(*spec.idle_lifetime).count() / 24)};
}

}  // namespace mailmgr
