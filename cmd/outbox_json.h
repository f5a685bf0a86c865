// A message of the outbox as JSON, the same keys for every command that tells of one.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "core/ports/outbox_store.h"

namespace mailmgr {

// {"id","key"?,"state","account","from","message_id","remote_id"?,"thread_id"?,"recipients","subject","due"?,"error"?}
nlohmann::ordered_json to_json(const OutboxRow& row, std::string_view account);

}  // namespace mailmgr
