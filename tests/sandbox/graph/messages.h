// The operations under …/messages, also as they appear under a folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/graph/world.h"

namespace mailmgr::sandbox::graph {

// call.path[at] is "messages"; `folder` is null for the whole mailbox.
Response handle_message_path(Call& call, std::size_t at, Folder* folder);

Response list_messages(Call& call, const Folder* folder);
Response count_messages(Call& call, const Folder* folder);
// The messages that match $search, at most 1000, newest first.
std::vector<const Message*> search_messages(Call& call, const Folder* folder, std::string_view query);
Response message_delta(Call& call, Folder* folder);
Response folder_delta(Call& call);

// What …/messages/{id}/$value gives. Exchange makes MIME anew from its properties, so what comes back is never quite
// what went in; a field in front, of the kind that Exchange stamps, stands for that.
std::string regenerated_mime(const Mailbox& box, const Message& message);

Response count_response(std::size_t count);

}  // namespace mailmgr::sandbox::graph
