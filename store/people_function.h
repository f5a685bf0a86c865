// SQL's view of `message.people`: mailmgr_names(people, kinds, ids) is 1 where the message names, as one of `kinds` (a
// mask with bit n for kind n), somebody of `ids`, a JSON array of address rows. Asked of single messages this is
// quicker than looking for them among all that `participant` has of somebody who is named in half of the mailbox.
#pragma once

#include <SQLiteCpp/Database.h>

namespace mailmgr::store {

void register_people_function(SQLite::Database& db);

}  // namespace mailmgr::store
