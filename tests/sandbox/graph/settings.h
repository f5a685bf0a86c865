// Collections of small resources: master categories, rules, overrides.
#pragma once

#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {

// call.path[at] is the collection's name; permissions are the caller's matter.
Response handle_documents(Call& call, Documents& documents, std::size_t at);
// …/mailFolders/inbox/messageRules
Response handle_rules(Call& call, std::size_t at, const Folder& folder);

}  // namespace mailmgr::sandbox::graph
