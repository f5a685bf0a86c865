// The first half of a sync: what should be here. Walks every change stream a page at a time and commits each page with
// its cursor. A step is small, so that fetching can go on between steps: recent mail is usable before a long
// enumeration ends, and what changes meanwhile is followed and comes before the rest.
#pragma once

#include <set>
#include <vector>

#include "core/flow/listing.h"
#include "core/flow/sync.h"

namespace mailmgr {

class Enumeration {
 public:
  Enumeration(const SyncRequest& request, const SyncWorld& world, SyncReport& report)
      : request_(request), world_(world), report_(report) {}

  // Loads the position and the folders; begins anew where the request or the store says so.
  Status begin(const Stop& stop);
  // One page of each stream that is not at its end, and of each listing; when all have been read, what departed is
  // looked up. Streams are followed again after a while. An error that is one stream's alone does not end this: the
  // stream is left out of this run, and end() tells.
  Status step(const Stop& stop);
  // Every stream is at its end: all of the provider's changes so far are in the store.
  bool finished() const;
  // When everything was fetched: once a week all ids are compared with the provider's, since either side may have
  // missed a change. True if that begins now, with the next step.
  Result<bool> reconcile(const Stop& stop);
  // Nothing is left to do.
  Status end(const Stop& stop);

  // What is synced; the whole mailbox before begin().
  const SyncScope& scope() const { return scope_; }

 private:
  Status refresh(const Stop& stop);
  Result<bool> take_folders(const Folders& folders);
  Result<bool> look_at_folders(const Stop& stop);
  Result<bool> know_labels(std::vector<Result<Page>>& pages, const Stop& stop);
  bool is_known(const FolderId& id) const;

  Status begin_streams(bool all, const Stop& stop);
  Status restart(const StreamId& stream, const Stop& stop);
  Status enumerate(const StreamId& stream, const Cursor& cursor);

  Status follow(const Stop& stop);
  Status apply(const std::vector<StreamId>& streams, std::vector<Result<Page>> pages, const Stop& stop);
  Status stopped(const StreamId& stream, const Error& error, const Stop& stop);
  bool is_listing(const StreamState& state) const { return state.enumerating && !request_.snapshots_streams; }
  Status list(const StreamId& stream, const Stop& stop);
  Status apply_listing(StreamState& state, Listing listing, const IdPage& page, const Stop& stop);
  Status mark_large(const StreamId& stream, const IdPage& page, const Stop& stop);
  Status finish_listing(StreamState& state, const Listing& listing);

  Status settle(const Stop& stop);
  Result<bool> settle_some(const Stop& stop);

  void count(const PageOutcome& outcome);
  StreamState* find(const StreamId& stream);

  const SyncRequest& request_;
  const SyncWorld& world_;
  SyncReport& report_;
  SyncPosition position_;  // of the streams that are followed
  bool every_label_ = false;
  SyncScope scope_;
  std::set<StreamId> open_;                  // streams whose changes are not at their end
  std::set<StreamId> restarted_;             // cursors that expired in this run; twice is an error
  std::set<RemoteId> unsettled_;             // departed, and looking them up failed in this run
  Monotonic looked_at_{};                    // when streams were last opened
  std::optional<Error> trouble_;             // of one stream, or of what could not be looked up
  std::optional<std::set<RemoteId>> large_;  // of the whole mailbox, once a listing brought something new
};

}  // namespace mailmgr
