// The folder tree of a Graph mailbox, with what each folder is for.
#pragma once

#include "core/ports/provider.h"
#include "providers/api_client.h"

namespace mailmgr::microsoft {

// Lists recursively, level by level, since only that is documented to reach every folder; each level is one batch.
// Display names are localised, so roles come from asking for the well-known names.
Result<Folders> list_folders(ApiClient& client, const std::string& user_root, const Stop& stop);

}  // namespace mailmgr::microsoft
