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
  queued,
  sending,
  sent,
  failed,
  unknown,  // may have been sent
  held,     // came out of a backup: whether the lost store sent it later is not known, so nothing sends it by itself
};
std::string_view to_string(OutboxState state);

struct OutboxRow {
  OutboxId id;
  AccountId account;
  OutboxState state = OutboxState::queued;
  std::string message_id;               // Message-ID as composed, with <>
  std::string from;                     // the sending identity's address
  std::vector<std::string> recipients;  // all addresses: to, cc, bcc
  std::string subject;
  ThreadId thread;     // to reply in; empty: none
  StagedId staged;     // the provider draft; empty: none made yet
  RemoteId remote_id;  // of the sent message, where told
  ThreadId sent_thread;
  std::string error_code, error;  // the last trouble
  std::string held_from;          // held: the word of the state it was in when the backup was made
  Time created{}, changed{};
};

class OutboxStore {
 public:
  virtual ~OutboxStore() = default;
  virtual Result<OutboxId> add(const OutboxRow& row, const Blob& mime) = 0;
  // By id; everything but the message itself. Code::refused: a held row is not to be `sending`.
  virtual Status update(const OutboxRow& row) = 0;
  virtual Result<std::optional<OutboxRow>> find(OutboxId id) = 0;
  virtual Result<Blob> mime(OutboxId id) = 0;
  virtual Result<std::vector<OutboxRow>> unsent(AccountId account) = 0;  // whatever is not `sent`, oldest first
};

}  // namespace mailmgr
