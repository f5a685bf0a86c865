// Sends one message, or leaves it in the outbox for later. A message is in the outbox, on disk, before the first byte
// leaves. send_message() ends decided: sent, failed (nothing will leave) or unknown (it may have left; a later look at
// the mailbox or a person can tell). A command with a key can be repeated after anything: it answers with what became
// of the first, and sends only what certainly did not leave.
#pragma once

#include "core/flow/delivery.h"
#include "core/flow/finished_identity.h"
#include "core/mail/compose.h"

namespace mailmgr {

// Who sends, and how and when.
struct SendOrder {
  AccountRecord account;
  AccessLevel access = AccessLevel::full;  // what the account's login may do
  ThreadId thread;                         // to reply in; empty: a new one
  std::string key = {};                    // of the account's own choosing; empty: none
  bool later = false;                      // a flush sends it (send_later)
  std::optional<Time> due = {};            // with `later`: not before
};

struct SendRequest : SendOrder {
  Draft draft;  // message_id and date are filled in; from: the account's address if empty
};

// A message that is finished already, as `send --raw` and sendmail(8) are given it. What is done to it: see
// finish_message() and settle_identity(); an X-Mailmgr-Id of its own gives way to a new one.
struct FinishedRequest : SendOrder {
  Blob raw;
  FromPolicy from_policy = FromPolicy::refuse;
  std::vector<std::string> aliases = {};  // addresses that the account can send from, besides its own
  std::string from_name = {};             // for a From that is written anew and has no name
  // As in FinishOptions.
  std::optional<std::vector<Address>> recipients = {};
  std::map<std::string, std::vector<Address>, std::less<>> local_names = {};
  bool header_may_end_early = false;
};

// A message made ready: complete bytes and what the outbox will say of it.
struct PreparedMessage {
  OutboxRow row;
  Blob mime;
  std::vector<std::string> left_out = {};  // taken out of a finished message's To and Cc: not among its recipients
};

struct Sending {
  OutboxRow row;
  bool repeated = false;  // the row is an earlier command's with the same key
};

// Composes and checks without sending; what `--dry-run` shows. usage: a field that cannot be sent, or a key that is
// none; refused: the login may not send; too_large: over the provider's limit.
Result<PreparedMessage> prepare_message(const SendRequest& request, const SendWorld& world);

// The same for a finished message; also usage where it is none that can be sent, and refused by the policy.
Result<PreparedMessage> prepare_finished(const FinishedRequest& request, const SendWorld& world);

// refused: the account is paused or not connected, or its login may not send.
Status may_send(const SendOrder& order);

// Whether it can be a key; usage.
Status check_key(const std::string& key);

// The row says how it ended and, unless sent, why (error_code, error). An Error means nothing was put into the outbox,
// or the outbox could not be written: busy when another process sends for this account for longer than a minute; usage
// when the key stands for another message.
Result<Sending> send_message(const PreparedMessage& message, const SendWorld& world, const Stop& stop);

// Leaves it to a flush; the row is queued, or scheduled where it is not due yet. Errors as above; busy only where a
// first try of the same key had failed.
Result<Sending> send_later(const PreparedMessage& message, const SendWorld& world);

// Leaves it to a flush, and tries it at once without waiting long for anything: the row ends sent, failed or unknown,
// or waits. Once it is in the outbox nothing is an Error any more; what kept it from being tried is in the row told.
// `message` was prepared to be sent later.
Result<Sending> send_or_queue(const PreparedMessage& message, const SendWorld& world, const Stop& stop);

}  // namespace mailmgr
