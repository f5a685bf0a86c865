// Brings one message of the outbox to its provider, from whatever state it is in. A message leaves at most once: it is
// staged as a provider draft, the draft's id is saved, and only that draft is ever dispatched, so that doing it again
// cannot make a second copy. After an answer that never came only positive evidence makes a row `sent`; a draft that is
// gone without evidence may have been deleted by its owner as well as sent, which ends as `unknown`.
//
// A draft that a person keeps in the mailbox is sent as it is, by its own id (as_kept_draft): it was not made for the
// row, so what cannot be sent leaves it where it is.
//
// Callers hold the lease `outbox-<account>`, so that a row found `sending` was left behind by a run that ended.
#pragma once

#include "core/base/result.h"
#include "core/ports/clock.h"
#include "core/ports/leases.h"
#include "core/ports/outbox_store.h"
#include "core/ports/provider.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct SendWorld {
  Courier& courier;
  OutboxStore& outbox;
  Leases& leases;
  Clock& clock;
  Random& random;
  ByteProgress progress = {};  // of uploads
};

// Sends what was not sent yet, and ends sent, failed, unknown or, for a row that is sent later, queued again or still
// `sending`, where nobody could be asked. An Error: the outbox could not be read or written, the provider could not be
// asked what became of an earlier attempt, or `stop` ended it (Code::interrupted; the row can be taken up again).
Result<OutboxRow> deliver(OutboxRow row, const SendWorld& world, const Stop& stop);

// Finds out what became of a row that may have been sent, and sends nothing: sent, failed (its draft was still there,
// and is removed) or unknown. Errors as deliver().
Result<OutboxRow> find_out(OutboxRow row, const SendWorld& world, const Stop& stop);

// One look at what became of an `unknown` row: sent, or as it was. Errors as deliver().
Result<OutboxRow> ask(OutboxRow row, const SendWorld& world, const Stop& stop);

// When a flush may try a waiting row: not before its time, and after trouble not before a while has passed.
Time next_attempt(const OutboxRow& row);

// OutboxRow::staged for a draft of the mailbox's own.
StagedId as_kept_draft(const StagedId& draft);

// Removes the draft that was staged for this row alone, as far as that can be done.
void let_go(OutboxRow& row, const SendWorld& world, const Stop& stop);

// How a row that has ended tells its end: ok for sent and for what waits, partial for unknown, else the stored error.
Status outcome(const OutboxRow& row);

}  // namespace mailmgr
