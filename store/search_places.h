// What in: and label: mean by a name. Everything that takes a folder's name for reading goes by this.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "store/folder_table.h"

namespace mailmgr::store {

// The rows of these folders and labels that the name means: by a role's word, by path or (a system label of Gmail) by
// id, upper and lower case alike; in an account that has none of these, what is the same with '-' for spaces and
// slashes, as in Gmail. With "/*" behind the name also what is below, even where nothing has the name itself.
std::vector<std::int64_t> places_called(const std::vector<StoredFolder>& folders, std::string_view name);

// Whether every account has it: "anywhere", and what has a role, though it may be called otherwise or hold nothing.
bool is_place_of_all(std::string_view name);

}  // namespace mailmgr::store
