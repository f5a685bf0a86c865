// What changing mail reads from the store and writes back once the provider has done it. Every call is one transaction.
// Errors are Code::store, or try_later while another process writes.
//
// None of this needs the lease of a sync, and a sync may run meanwhile: what it reads from the provider after the
// change holds the change. What it read before and writes after, a page or a message with older marks, stands until the
// change itself comes along: positions only move past what was applied, and a change made later than a page was read is
// behind that page's position. It comes as everybody's changes do, sooner or later, as long as the streams are
// followed; so the last word is the provider's. What leaves a folder and was put elsewhere here already is not taken
// for departed, and where an older page takes it back, the folder's own stream tells that it left, and the other one's
// that it came.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/ports/provider.h"

namespace mailmgr {

// A stored message as it is known here when somebody chooses it.
struct EditTarget {
  MessageId id;
  AccountId account;
  RemoteId remote_id;
  std::string subject;
  bool unread = false, starred = false, draft = false;
  std::vector<FolderId> places;  // folders and labels
};

struct AppliedEdit {
  RemoteId id;
  MarksPatch marks;      // to be laid over what is stored
  bool removed = false;  // the message does not exist any more
};

class EditStore {
 public:
  virtual ~EditStore() = default;
  // In the order asked; what is not stored is left out.
  virtual Result<std::vector<EditTarget>> targets(std::span<const MessageId> ids) = 0;
  // Messages that are not known (any more) are passed over.
  virtual Status apply(AccountId account, std::span<const AppliedEdit> edits) = 0;

  // A folder or label as the provider has it now, new or not. A new folder's stream is StreamState::made_here until a
  // sync saves the folders.
  virtual Status put_folder(AccountId account, const Folder& folder) = 0;
  // It is there no more. What was filed in a folder is to be looked up (SyncStore::next_departed).
  virtual Status drop_folder(AccountId account, const FolderId& folder) = 0;
  // The same for a label that messages keep as a word (ProviderSpec::labels_are_objects).
  virtual Status unlist_label(AccountId account, const FolderId& label) = 0;
};

}  // namespace mailmgr
