// What delivery reports say about messages of the outbox.
#pragma once

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/mail/delivery_report.h"
#include "store/database.h"

namespace mailmgr::store {

// Notes it on the message that it is about; of several reports the worst stays. Whom a list wrote to at an address that
// does not exist is suppressed. True if a message of ours bounced. Throws (see sql.h).
bool note_delivery(Database& db, AccountId account, const DeliveryReport& report, Time now);

}  // namespace mailmgr::store
