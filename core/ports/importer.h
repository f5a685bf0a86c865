// Putting mail into a mailbox that was received elsewhere or before: with its own date, its marks, and without sending
// anything.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/blob.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/ports/byte_progress.h"
#include "core/ports/stop.h"

namespace mailmgr {

struct Incoming {
  Blob mime;
  std::optional<FolderId> folder;  // where it is filed; nullopt: in the archive
  std::vector<FolderId> labels = {};
  bool unread = false, starred = false;
  bool draft = false;
  std::optional<Time> received = {};  // where the message itself has no date
  ByteProgress progress = {};
};

class Importer {
 public:
  virtual ~Importer() = default;
  // The largest message that is taken, bytes of MIME.
  virtual std::uint64_t max_size() const = 0;
  // Not idempotent. no_answer: whether the message is there now is not known, ask find(). refused, too_large: it is
  // certainly not.
  virtual Result<RemoteId> import(const Incoming& incoming, const Stop& stop) = 0;
  // A message of the mailbox with this Message-ID (with <>), which is found soon after it came; nullopt: there is none.
  // Code::refused: the provider cannot be asked for an id like this.
  virtual Result<std::optional<RemoteId>> find(std::string_view message_id, const Stop& stop) = 0;
};

}  // namespace mailmgr
