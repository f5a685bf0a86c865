// Sends one message, or leaves it in the outbox for later. A message is in the outbox, on disk, before the first byte
// leaves. send_message() ends decided: sent, failed (nothing will leave) or unknown (it may have left; a later look at
// the mailbox or a person can tell). A command with a key can be repeated after anything: it answers with what became
// of the first, and sends only what certainly did not leave.
#pragma once

#include "core/flow/delivery.h"
#include "core/mail/compose.h"

namespace mailmgr {

struct SendRequest {
  AccountRecord account;
  AccessLevel access = AccessLevel::full;  // what the account's login may do
  Draft draft;                             // message_id and date are filled in; from: the account's address if empty
  ThreadId thread;                         // to reply in; empty: a new one
  std::string key = {};                    // of the account's own choosing; empty: none
  bool later = false;                      // a flush sends it (send_later)
  std::optional<Time> due = {};            // with `later`: not before
};

// A message made ready: complete bytes and what the outbox will say of it.
struct PreparedMessage {
  OutboxRow row;
  Blob mime;
};

struct Sending {
  OutboxRow row;
  bool repeated = false;  // the row is an earlier command's with the same key
};

// Composes and checks without sending; what `--dry-run` shows. usage: a field that cannot be sent, or a key that is
// none; refused: the login may not send; too_large: over the provider's limit.
Result<PreparedMessage> prepare_message(const SendRequest& request, const SendWorld& world);

// The row says how it ended and, unless sent, why (error_code, error). An Error means nothing was put into the outbox,
// or the outbox could not be written: busy when another process sends for this account for longer than a minute; usage
// when the key stands for another message.
Result<Sending> send_message(const PreparedMessage& message, const SendWorld& world, const Stop& stop);

// Leaves it to a flush; the row is queued, or scheduled where it is not due yet. Errors as above, but never busy.
Result<Sending> send_later(const PreparedMessage& message, const SendWorld& world);

}  // namespace mailmgr
