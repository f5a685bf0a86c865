// The conversation of a message whose provider tells none: that of a message it answers, else one named after the first
// message of its References (RFC 5322 §3.6.4), else after its subject. Messages may be stored in any order, answers
// before what they answer. Throws (see sql.h).
#pragma once

#include "core/base/ids.h"
#include "core/mail/message.h"
#include "store/database.h"

namespace mailmgr::store {

// Empty: nothing ties this message to any other.
ThreadId infer_thread(Database& db, AccountId account, const ParsedMessage& message);

}  // namespace mailmgr::store
