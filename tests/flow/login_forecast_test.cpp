#include "core/flow/login_forecast.h"

#include <doctest/doctest.h>

#include "providers/registry.h"

using namespace mailmgr;
using namespace std::chrono_literals;

namespace {

constexpr auto kDay = 24h;
const Time kForecastAt = from_rfc3339("2026-01-31T09:15:00Z").value();

GrantRecord grant_refreshed(milliseconds ago) {
  GrantRecord grant;
  grant.refreshed = kForecastAt - ago;
  return grant;
}

LoginForecast forecast(const GrantRecord& grant, ProviderKind kind = ProviderKind::google) {
  return forecast_login(grant, provider_spec(kind), kForecastAt);
}

}  // namespace

TEST_CASE("a login that nobody uses ends after the provider's idle time, counted from the last tokens") {
  const auto google = forecast(grant_refreshed(10 * kDay));
  CHECK_FALSE(google.needs_login);
  CHECK(google.if_unused);
  CHECK(google.expires == kForecastAt + 170 * kDay);
  CHECK(google.reason.find("not used for 180 days") != std::string::npos);
  CHECK(forecast(grant_refreshed(10 * kDay), ProviderKind::microsoft).expires == kForecastAt + 80 * kDay);
  CHECK_FALSE(forecast(GrantRecord()).expires);
}

TEST_CASE("an end that the provider set wins, and a week at Google means a project in Testing") {
  GrantRecord grant = grant_refreshed(2 * kDay);
  grant.refresh_expires = kForecastAt + 5 * kDay;
  const auto testing = forecast(grant);
  CHECK(testing.expires == kForecastAt + 5 * kDay);
  CHECK_FALSE(testing.if_unused);
  CHECK(testing.reason.find("Testing") != std::string::npos);
  CHECK(testing.reason.find("publish") != std::string::npos);

  grant.refresh_expires = kForecastAt + 30 * kDay;
  CHECK(forecast(grant).reason == "Google limits this login to that time");
  grant.refreshed = kForecastAt;
  grant.refresh_expires = kForecastAt + kDay;
  CHECK(forecast(grant, ProviderKind::microsoft).reason.find("single-page") != std::string::npos);
  grant.refresh_expires = kForecastAt - 1h;
  CHECK(forecast(grant).needs_login);
}

TEST_CASE("a login that has ended says why, and one that is gone too") {
  GrantRecord dead = grant_refreshed(kDay);
  dead.state = GrantState::needs_login;
  dead.state_reason = "the password was changed";
  CHECK(forecast(dead).needs_login);
  CHECK(forecast(dead).reason == "the password was changed");
  dead.state = GrantState::revoke_pending;
  CHECK(forecast(dead).needs_login);
  CHECK(forecast_login(std::nullopt, provider_spec(ProviderKind::google), kForecastAt).needs_login);
}

TEST_CASE("an organisation's key has no end of its own") {
  GrantRecord grant = grant_refreshed(400 * kDay);
  grant.kind = GrantKind::app_only;
  const auto none = forecast(grant, ProviderKind::microsoft);
  CHECK_FALSE(none.needs_login);
  CHECK_FALSE(none.expires);
  CHECK_FALSE(none.ends_within(1000 * kDay, kForecastAt));
}

TEST_CASE("a span counts from now and includes what has ended") {
  GrantRecord grant = grant_refreshed(85 * kDay);
  const auto soon = forecast(grant, ProviderKind::microsoft);
  CHECK(soon.ends_within(7 * kDay, kForecastAt));
  CHECK_FALSE(soon.ends_within(4 * kDay, kForecastAt));
  grant.state = GrantState::needs_login;
  CHECK(forecast(grant).ends_within(0ms, kForecastAt));
}
