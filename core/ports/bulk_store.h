// Lists of messages that are sent together. A run is known by its account and key, a row by the run and a key of its
// own; its message is in the outbox as any other, so that every flush sends it. Each call is one durable transaction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/outbox_store.h"

namespace mailmgr {

struct BulkRun {
  BulkId id;
  AccountId account;
  std::string key;
  std::string template_name;
  std::string from;       // the sending identity's address
  milliseconds pause{0};  // at least so long between two messages
  Time created{};
};

struct BulkRow {
  std::string key;
  std::int64_t line = 0;  // in the list that brought it, from 1
  std::vector<std::string> recipients;
  std::string subject;
  std::optional<OutboxRow> message;  // nullopt: it is not to be sent, or was forgotten 400 days after it was
  std::string suppressed;            // the recipient that is not to be written to; empty: none
};

// How many rows of a run are what. `bounced` and `delayed` ones are among the sent.
struct BulkTotals {
  std::int64_t rows = 0, waiting = 0, sent = 0, failed = 0, unknown = 0, held = 0, cancelled = 0, suppressed = 0;
  std::int64_t bounced = 0, delayed = 0;
  std::optional<Time> next_due = {};  // of the first that waits; nullopt: none does, or it may go at once
};

struct NewBulkRow {
  BulkRow row;  // with its message
  Blob mime;
};

class BulkStore {
 public:
  virtual ~BulkStore() = default;
  // The run of that account and key, made if there is none; its template, sender and pause become these.
  virtual Result<BulkRun> begin(const BulkRun& run) = 0;
  virtual Result<std::vector<BulkRun>> runs() = 0;  // oldest first
  virtual Result<BulkTotals> totals(BulkId run) = 0;
  // Adds rows to a run. One that is there stays as it is, unless its message is another by now and certainly has not
  // left: then this one takes its place. The caller holds the lease `outbox-<account>`.
  virtual Status add(BulkId run, std::span<const NewBulkRow> rows) = 0;
  // Rows in the order of their lines, at most `limit`, behind this one (nullptr: from the first).
  virtual Result<std::vector<BulkRow>> rows(BulkId run, const BulkRow* behind, std::size_t limit) = 0;
  // Puts the messages of a run that wait, or failed, at their distances again, the first of them at `start`.
  virtual Status pace(BulkId run, Time start) = 0;
};

struct Suppression {
  std::string address;
  std::string reason;
  Time added{};
};

// Whom no list writes to. Addresses match whatever their case.
class SuppressionStore {
 public:
  virtual ~SuppressionStore() = default;
  // Also takes messages of lists to this address that certainly have not left out of the outbox; a suppression that is
  // there already stays.
  virtual Status add(const Suppression& suppression) = 0;
  virtual Result<bool> remove(std::string_view address) = 0;  // false: it was not there
  virtual Result<std::vector<Suppression>> list() = 0;
  // The first of these that is suppressed; empty: none.
  virtual Result<std::string> find(std::span<const std::string> addresses) = 0;
};

}  // namespace mailmgr
