// What a whole mailbox holds now, as the provider lists it: ids, and the marks of each in a form that can be compared.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>

#include "core/flow/sync_scope.h"
#include "core/ports/inventory.h"
#include "core/ports/provider.h"
#include "core/ports/sync_store.h"

namespace mailmgr {

// The marks of a message in a few bytes. Two messages with equal digests have equal marks, but for a chance of 2^-64.
struct MarksDigest {
  std::uint64_t places = 0;  // the sum of the places' hashes, so that their order does not matter
  bool unread = false, starred = false, draft = false;
  bool operator==(const MarksDigest&) const = default;

  void add_place(const FolderId& place);
};
MarksDigest digest(const LocalMessage& message);
MarksDigest digest(const MarksPatch& complete);  // MarksPatch::complete

class MailboxListing {
 public:
  // `snapshots`: ProviderSpec::snapshots_streams.
  MailboxListing(Mailbox& mailbox, bool snapshots, const SyncScope& scope)
      : mailbox_(mailbox), snapshots_(snapshots), scope_(scope) {}

  // Lists what these streams hold in scope; what lists cannot tell to be out of scope may be among it. A message that
  // is moved meanwhile may be missing, or stand where it was. `told` hears how many ids were listed so far.
  Status list(const std::vector<StreamId>& streams, const std::vector<Folder>& folders,
              const std::function<void(std::uint64_t)>& told, const Stop& stop);

  const std::unordered_map<RemoteId, MarksDigest>& messages() const { return messages_; }

 private:
  Status list_snapshot(const StreamId& stream, const Stop& stop);
  Status list_ids(const StreamId& stream, const std::vector<Folder>& folders, const Stop& stop);
  Status list_label(const StreamId& stream, const std::optional<FolderId>& label, const Stop& stop);
  void leave_out();
  void take(const Change& change);
  void carries(const RemoteId& id, const FolderId& label);

  Mailbox& mailbox_;
  bool snapshots_;
  const SyncScope& scope_;
  std::unordered_map<RemoteId, MarksDigest> messages_;
  std::unordered_set<RemoteId> excluded_, included_;  // by a label they carry
  std::function<void(std::uint64_t)> told_;
};

}  // namespace mailmgr
