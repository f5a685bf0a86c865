// How notes and to-dos outlive the rows of their messages (table `annotation`). Throws (see sql.h).
#pragma once

#include <cstdint>

#include "core/base/ids.h"
#include "store/database.h"

namespace mailmgr::store {

inline constexpr std::int64_t kOpenTodo = 1, kDoneTodo = 2;  // annotation.todo

// Before a stored message's row goes: what is kept with it passes to another stored copy of the same message, or waits
// for one.
void detach_annotation(Database& db, std::int64_t message);
// Whether anything of the account waits at all.
bool any_annotation_waits(Database& db, AccountId account);
// Gives a stored message what waits for it.
void attach_annotation(Database& db, std::int64_t message);

}  // namespace mailmgr::store
