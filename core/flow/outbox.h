// What is done with messages that are in the outbox already: sending what is due, and what a person decides about the
// rest. Each call takes the lease `outbox-<account>`, waiting for a running dispatch to end (Code::busy after a
// minute).
#pragma once

#include <functional>
#include <vector>

#include "core/flow/delivery.h"

namespace mailmgr {

using OutboxSink = std::function<void(const OutboxRow&)>;

// Sends what is due, and finds out about what killed runs left behind: of that, what was to be sent at once is not sent
// any more. Asks again about `unknown` ones that are younger than a day. `told` hears of every row that was looked at.
// An Error ends it early; that a message could not be sent is none.
Status flush_outbox(AccountId account, const SendWorld& world, const OutboxSink& told, const Stop& stop);

// Tries again, whatever kept it from being sent. For `unknown`, the provider is asked first, and only a draft that is
// still there is sent. refused: a state there is nothing to try in.
Result<OutboxRow> retry_message(OutboxId id, const SendWorld& world, const Stop& stop);
// What `outbox retry` without a number takes: failed, and waiting although it is due.
bool is_retriable(const OutboxRow& row, Time now);

// Takes a message that has not left out of the outbox. refused: it is sent, or may have been.
Result<OutboxRow> cancel_message(OutboxId id, const SendWorld& world, const Stop& stop);

// A person's word on a message that may have been sent. refused: it is certain already.
enum class SentVerdict { sent, not_sent };
Result<OutboxRow> resolve_message(OutboxId id, SentVerdict verdict, const SendWorld& world, const Stop& stop);

// Frees a message that came out of a backup: it is again what it was then. refused: it is not held.
Result<OutboxRow> release_message(OutboxId id, const SendWorld& world, const Stop& stop);

}  // namespace mailmgr
