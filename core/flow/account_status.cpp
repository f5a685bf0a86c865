#include "core/flow/account_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error_name.h"

namespace mailmgr {
namespace {

std::optional<Error> last_error(const RunHistory& history) {
  if (!history.last || history.last->error_code.empty()) return std::nullopt;
  return Error{code_named(history.last->error_code), history.last->error};
}

bool passes_by_itself(Code code) {
  // A dead login is told by the grant, which may have been renewed since.
  return code == Code::try_later || code == Code::busy || code == Code::interrupted || code == Code::auth_required;
}

Health health_of(const AccountRecord& account, const AccountStatus& status, const StatusLimits& limits) {
  if (account.state == AccountState::disconnected) return Health::gone;
  if (account.state == AccountState::paused) return Health::paused;
  if (status.login.needs_login) return Health::auth_required;
  if (status.error && status.error->code == Code::not_found) return Health::gone;
  if (status.error && !passes_by_itself(status.error->code)) return Health::error;
  return limits.max_lag && status.lag > *limits.max_lag ? Health::lagging : Health::ok;
}

std::string rough_span(milliseconds span) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
  const auto minutes = seconds / 60;
  if (minutes < 2) return fmt::format("{} seconds", seconds);
  if (minutes < 120) return fmt::format("{} minutes", minutes);
  return minutes < 48 * 60 ? fmt::format("{} hours", minutes / 60) : fmt::format("{} days", minutes / 60 / 24);
}

std::optional<Error> login_trouble(const AccountRecord& account, const LoginForecast& login, const StatusLimits& limits,
                                   Time now) {
  const std::string command = "mailmgr login --account " + account.name;
  if (login.needs_login) return Error{Code::auth_required, fmt::format("{}: {}", account.name, login.reason), command};
  if (!limits.expires_within || !login.ends_within(*limits.expires_within, now)) return std::nullopt;
  return Error{Code::auth_required,
               fmt::format("{}: its login ends {}: {}", account.name, to_rfc3339(*login.expires), login.reason),
               login.if_unused ? "mailmgr sync " + account.name : command};
}

}  // namespace

std::string_view to_string(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::lagging:
      return "lagging";
    case Health::auth_required:
      return "auth_required";
    case Health::paused:
      return "paused";
    case Health::gone:
      return "gone";
    case Health::error:
      return "error";
  }
  return "error";
}

Result<AccountStatus> account_status(const AccountRecord& account, const std::optional<GrantRecord>& grant,
                                     const ProviderSpec& spec, const StatusLimits& limits, const StatusWorld& world,
                                     Time now) {
  AccountStatus status;
  const auto history = world.runs.history(account.id);
  if (!history) return history.error();
  const auto counts = world.sync.counts(account.id);
  if (!counts) return counts.error();
  const auto unread = world.reader.unread(account.id);
  if (!unread) return unread.error();
  const auto unsent = world.outbox.rows({.account = account.id, .unsent = true});
  if (!unsent) return unsent.error();

  status.last_ok = history->last_success;
  status.lag = std::max(now - status.last_ok.value_or(account.connected), milliseconds(0));
  status.counts = *counts;
  status.unread = *unread;
  status.complete = history->last && history->last->complete && counts->remaining == 0;
  for (const auto& row : *unsent) {
    if (row.state == OutboxState::failed) {
      ++status.outbox_failed;
    } else if (row.state == OutboxState::unknown) {
      ++status.outbox_unknown;
    } else {
      ++status.outbox_queued;
    }
  }
  status.login = forecast_login(grant, spec, now);
  status.error = last_error(*history);
  status.health = health_of(account, status, limits);
  return status;
}

std::vector<Error> troubles(const AccountRecord& account, const AccountStatus& status, const StatusLimits& limits,
                            Time now) {
  std::vector<Error> found;
  const bool at_work = account.state == AccountState::active;
  if (at_work) {
    if (auto trouble = login_trouble(account, status.login, limits, now)) found.push_back(*std::move(trouble));
  }
  if (account.state == AccountState::disconnected) {
    found.push_back(
        {Code::not_found, account.name + ": it is not connected any more", "mailmgr login --account " + account.name});
  } else if (status.health == Health::gone || status.health == Health::error) {
    found.push_back(status.error->within(account.name + ": its last sync"));
  }
  if (at_work && limits.max_lag && status.lag > *limits.max_lag) {
    found.push_back({Code::try_later,
                     status.last_ok
                         ? fmt::format("{}: its last good sync was {} ago", account.name, rough_span(status.lag))
                         : fmt::format("{}: it was never synced to the end", account.name),
                     "mailmgr sync " + account.name});
  }
  if (status.outbox_failed + status.outbox_unknown > 0) {
    found.push_back({Code::partial, fmt::format("{}: in its outbox {} messages failed and {} may or may not have left",
                                                account.name, status.outbox_failed, status.outbox_unknown)});
  }
  for (auto& error : found) error.account = account.name;
  return found;
}

}  // namespace mailmgr
