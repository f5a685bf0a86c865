// Content ids: how HTML names an image that comes with it, as <img src="cid:ID"> (RFC 2392). Private to this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailmgr::mail {

// What can be written as Content-ID: <ID>. Wider than RFC 2045 §7, which asks for '@': Gmail's own ids have none.
bool is_content_id(std::string_view id);

// The ids that attributes of this HTML name, each once, in order; percent-encoding undone.
std::vector<std::string> content_ids_in(std::string_view html);

}  // namespace mailmgr::mail
