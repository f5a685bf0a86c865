// How an account is doing, from what is stored alone: no request is made, no key is needed.
#pragma once

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/flow/login_forecast.h"
#include "core/ports/message_reader.h"
#include "core/ports/outbox_store.h"
#include "core/ports/run_log.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

enum class Health {
  ok,
  lagging,        // the last good sync is longer ago than allowed
  auth_required,  // a person must log in
  paused,
  gone,  // not connected any more, or the provider no longer knows the mailbox
  error  // the last sync ended with an error that will not pass by itself
};
std::string_view to_string(Health health);

struct StatusLimits {
  std::optional<milliseconds> max_lag;         // since the last good sync; nullopt: any
  std::optional<milliseconds> expires_within;  // a login that ends sooner is trouble; nullopt: only one that has ended
};

struct AccountStatus {
  Health health = Health::ok;
  std::optional<Time> last_ok;  // when the last sync without an error ended
  milliseconds lag{};           // since then, or since the account was connected
  SyncCounts counts;
  std::uint64_t unread = 0;
  bool complete = false;  // as of the last sync
  std::uint64_t outbox_queued = 0, outbox_failed = 0, outbox_unknown = 0;
  LoginForecast login;
  std::optional<Error> error;  // of the last sync
};

struct StatusWorld {
  SyncStore& sync;
  RunLog& runs;
  OutboxStore& outbox;
  MessageReader& reader;
};

// Errors: store.
Result<AccountStatus> account_status(const AccountRecord& account, const std::optional<GrantRecord>& grant,
                                     const ProviderSpec& spec, const StatusLimits& limits, const StatusWorld& world,
                                     Time now);

// What somebody should do something about; each with the code that decides the exit status, and none when all is well.
// A paused account is left in peace, but for its outbox.
std::vector<Error> troubles(const AccountRecord& account, const AccountStatus& status, const StatusLimits& limits,
                            Time now);

}  // namespace mailmgr
