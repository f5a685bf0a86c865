// Sends one message and ends decided: sent, failed (nothing will leave) or unknown (it may have left; only a person or
// later evidence can tell). The message is in the outbox, on disk, before the first byte leaves. Sending goes through a
// provider draft whose id is saved before it is dispatched, so after an answer that never came the provider can be
// asked what became of it, and a draft that is still there can be dispatched again without a second copy.
#pragma once

#include "core/base/result.h"
#include "core/mail/compose.h"
#include "core/ports/clock.h"
#include "core/ports/leases.h"
#include "core/ports/outbox_store.h"
#include "core/ports/provider.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct SendRequest {
  AccountRecord account;
  AccessLevel access = AccessLevel::full;  // what the account's login may do
  Draft draft;                             // message_id and date are filled in; from: the account's address if empty
  ThreadId thread;                         // to reply in; empty: a new one
};

struct SendWorld {
  Courier& courier;
  OutboxStore& outbox;
  Leases& leases;
  Clock& clock;
  Random& random;
};

// A message made ready: complete bytes and what the outbox will say of it.
struct PreparedMessage {
  OutboxRow row;
  Blob mime;
};

// Composes and checks without sending; what `--dry-run` shows. usage: a field that cannot be sent; refused: the login
// may not send; too_large: over the provider's limit.
Result<PreparedMessage> prepare_message(const SendRequest& request, const SendWorld& world);

// The row says how it ended and, unless sent, why (error_code, error). An Error means nothing was put into the outbox,
// or the outbox could not be written.
Result<OutboxRow> send_message(const PreparedMessage& message, const SendWorld& world, const Stop& stop);

// The exit status of an ended row: ok for sent, partial for unknown, the stored error otherwise.
Status outcome(const OutboxRow& row);

}  // namespace mailmgr
