// How accounts are doing, in the text format of Prometheus ("Exposition formats", version 0.0.4).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/flow/account_status.h"
#include "core/ports/provider_config.h"

namespace mailmgr::output {

// Every metric is a gauge named mailmgr_… with the labels account, email and provider; times are Unix seconds.
std::string metrics(const std::vector<std::pair<AccountRecord, AccountStatus>>& accounts, Time now);

}  // namespace mailmgr::output
