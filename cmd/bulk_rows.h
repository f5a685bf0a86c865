// Lists as the commands of `mailmgr bulk` show them and find them again.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/output/listing.h"
#include "core/ports/account_stores.h"
#include "core/ports/bulk_store.h"

namespace mailmgr {

class App;

nlohmann::ordered_json to_json(const BulkRow& row, std::string_view run, std::string_view account);
// "suppressed", "sent" where its message was forgotten long after, else the message's state.
std::string_view state_of(const BulkRow& row);

std::vector<output::Column> bulk_row_columns();
std::vector<std::string> bulk_row_keys();  // besides the columns

// The run of that key, of the selected accounts: not_found; usage when several have one.
Result<std::pair<BulkRun, AccountRecord>> find_bulk_run(App& app, std::string_view key);

}  // namespace mailmgr
