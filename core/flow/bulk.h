// Sending a list: one message per row of a table, filled from a template. Everything is checked before anything is
// kept, every row is in the outbox before its first byte leaves, and a row is known by its key: whatever ends a run,
// the same command goes on where it was, and no row is sent twice.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/flow/bulk_list.h"
#include "core/flow/send.h"
#include "core/flow/writing.h"
#include "core/ports/bulk_store.h"

namespace mailmgr {

// What all rows of a list have in common.
struct BulkOrder {
  SenderIdentity sender;
  AccessLevel access = AccessLevel::full;  // what the account's login may do
  std::string key;                         // of the run
  NamedTemplate pattern;
  std::string signature;  // as for choose_signature()
  std::vector<Address> reply_to = {};
  std::vector<OutgoingAttachment> attachments = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  milliseconds pause{0};  // at least so long between two messages
};

struct BulkWorld {
  const SendWorld& sending;
  BulkStore& lists;
  SuppressionStore& suppressions;
  SignatureWorld signatures;
  // Reads a file that a row names; empty: rows name none (usage).
  std::function<Result<Blob>(std::string_view name)> attachment;
};

// A key for a list that is given none: the same for the same rows, template and sender, so that a command that is
// repeated goes on instead of sending all again.
std::string default_bulk_key(std::string_view csv, const BulkOrder& order);

// "30/min", "2/s", "500/h" → the time between two messages; usage.
Result<milliseconds> parse_rate(std::string_view text);

// Composes every row, and tells what each comes to; with `suppressed` it will not be sent. usage names the lines that
// cannot be sent and why; other errors would meet every row.
Result<std::vector<BulkRow>> check_bulk(const std::vector<BulkListRow>& rows, const BulkOrder& order,
                                        const BulkWorld& world);

// Puts rows that were checked into the outbox, those of an earlier command with the same key excepted; see
// BulkStore::add. busy: another process sends for the account for longer than a minute.
Result<BulkRun> add_bulk(const std::vector<BulkListRow>& rows, const BulkOrder& order, const BulkWorld& world,
                         const Stop& stop);

// Hears of every row of a run, in order: as it ended, or with `before` as it had ended earlier.
using BulkSink = std::function<void(const BulkRow& row, bool before)>;

// Sends what a run has not sent yet, also what failed, and asks about what is unknown; who is suppressed by now is left
// out. Where a row has to wait for trouble to pass, the rest waits too: it is left to a flush, or to another call.
// `as`: the run's account and what its login may do. Errors as deliver(), busy, and those of may_send().
Status send_bulk(const BulkRun& run, const SendOrder& as, const BulkWorld& world, const BulkSink& told,
                 const Stop& stop);

// Takes what certainly has not left out of the outbox. Of the rows that are something else, `told` hears `before`.
Status cancel_bulk(const BulkRun& run, const BulkWorld& world, const BulkSink& told, const Stop& stop);

// Puts the waiting messages of lists that are long overdue at their distances again, so that a flush after a long pause
// does not send them all at once. Call before a flush.
Status make_up_lost_time(AccountId account, BulkStore& lists, Time now);

}  // namespace mailmgr
