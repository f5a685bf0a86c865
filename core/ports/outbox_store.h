// The outbox: every message that was asked to be sent, kept before the first byte leaves, with what became of it.
// Each call is one durable transaction (synchronous=FULL). The caller of update() holds the lease `outbox-<account>`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/blob.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace mailmgr {

enum class OutboxState {
  queued,     // waits for a flush
  scheduled,  // waits for its time
  sending,
  sent,
  failed,
  unknown,    // may have been sent
  held,       // came out of a backup: whether the lost store sent it later is not known, so nothing sends it by itself
  cancelled,  // by a person, before it left
};
std::string_view to_string(OutboxState state);

// What reports of mail systems tell of a message after it was sent.
enum class DeliveryState { unreported, delayed, bounced };
std::string_view to_string(DeliveryState state);  // "", "delayed", "bounced"

struct OutboxRow {
  OutboxId id;
  AccountId account;
  OutboxState state = OutboxState::queued;
  std::string key;     // by which a script repeats a command (--key); empty: none
  std::string digest;  // of what was asked to be sent: equal for a repetition, whenever it is composed
  // Whether a flush may send it. Else only the command that asked for it does: what that leaves unsent is failed.
  bool later = false;
  std::optional<Time> due;              // queued, scheduled: not before
  int attempts = 0;                     // that failed, of what is sent later
  std::string message_id;               // Message-ID as composed, with <>
  std::string marker;                   // its kMarkerHeader, by which reports are recognised
  BulkId bulk;                          // the list it is a row of; 0: none
  std::string from;                     // the sending identity's address
  std::vector<std::string> recipients;  // all addresses: to, cc, bcc
  std::string subject;
  ThreadId thread;          // to reply in; empty: none
  StagedId staged;          // the provider draft; empty: none made yet, as far as is known
  bool dispatched = false;  // the staged draft may have been sent; nobody has heard that it was not
  RemoteId remote_id;       // of the sent message, where told
  ThreadId sent_thread;
  std::string error_code, error;  // the last trouble
  std::string held_from;          // held: the word of the state it was in when the backup was made
  Time created{}, changed{};
  // Written by syncs only; update() leaves it as it is.
  struct Delivery {
    DeliveryState state = DeliveryState::unreported;
    std::string recipient, status, diagnostic;  // as in DeliveryReport::Recipient
  } delivery;
};

// Rows by what they are; absent: whatever.
struct OutboxSelection {
  std::optional<AccountId> account = {};
  bool unsent = false;              // neither sent nor cancelled
  std::optional<Time> due_by = {};  // what a flush has to look at then: due ones, and those a run left behind `sending`
};

class OutboxStore {
 public:
  virtual ~OutboxStore() = default;
  struct Added {
    OutboxId id;
    bool is_new = true;
  };
  // Where the account has a row with that key already, adds nothing and tells which.
  virtual Result<Added> add(const OutboxRow& row, const Blob& mime) = 0;
  // By id; everything but the message itself. Code::refused: a held row is not to be `sending`.
  virtual Status update(const OutboxRow& row) = 0;
  virtual Result<std::optional<OutboxRow>> find(OutboxId id) = 0;
  virtual Result<std::optional<OutboxRow>> find_key(AccountId account, std::string_view key) = 0;
  virtual Result<Blob> mime(OutboxId id) = 0;  // Code::not_found: no such row, or its message was dropped
  virtual Result<std::vector<OutboxRow>> rows(const OutboxSelection& selection) = 0;  // oldest first
  // Drops messages that were sent or cancelled before `messages`, and their rows, keys included, before `rows`.
  virtual Status forget(Time messages, Time rows) = 0;
};

}  // namespace mailmgr
