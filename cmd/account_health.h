// How accounts are doing, with everything that takes put together; `status` and --prometheus tell it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/flow/account_status.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

class App;

Result<AccountStatus> health_of(App& app, const AccountRecord& account, const StatusLimits& limits);

// Writes what a monitoring system wants to know of these accounts to a file for node_exporter's textfile collector
// (cmd/output/prometheus.h), or to standard output where `file` is "-".
Status write_metrics(App& app, const std::vector<std::pair<AccountRecord, AccountStatus>>& accounts,
                     const std::string& file);

}  // namespace mailmgr
