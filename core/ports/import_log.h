// Which messages were imported into an account, so that importing the same files again, also after a kill, brings none
// of them twice. A message is known by the SHA-256 of its bytes. Every write is one transaction; errors are
// Code::store.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/notes.h"

namespace mailmgr {

struct ImportedRow {
  std::string message_id;  // with <>, may be empty
  Time begun{};
  std::optional<RemoteId> remote_id;  // nullopt: it was on its way when a run ended; whether it arrived is not known
};

// What a person kept with it (NoteStore).
struct KeptNotes {
  std::optional<std::string> note;
  std::optional<Todo> todo;
  bool empty() const { return !note && !todo; }
};

class ImportLog {
 public:
  virtual ~ImportLog() = default;
  virtual Result<std::optional<ImportedRow>> find(AccountId account, std::string_view sha256) = 0;
  // Whether this message of the mailbox came by an import.
  virtual Result<bool> brought(AccountId account, std::string_view message_id, const RemoteId& remote_id) = 0;
  // Before a message goes. An earlier import of the same stays known.
  virtual Status begin(AccountId account, std::string_view sha256, std::string_view message_id, Time now) = 0;
  // It is in the mailbox. `notes` wait until a sync brings the message.
  virtual Status done(AccountId account, std::string_view sha256, const RemoteId& remote_id, const KeptNotes& notes,
                      Time now) = 0;
  // It certainly did not arrive this time.
  virtual Status forget(AccountId account, std::string_view sha256) = 0;
};

}  // namespace mailmgr
