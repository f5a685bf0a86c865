// The first half of a sync: what should be here. Walks every change stream a page at a time and commits each page with
// its cursor. A step is small, so that fetching can go on between steps and recent mail is usable before a long
// enumeration ends.
#pragma once

#include <set>
#include <vector>

#include "core/flow/sync.h"

namespace mailmgr {

class Enumeration {
 public:
  Enumeration(const SyncRequest& request, const SyncWorld& world, SyncReport& report)
      : request_(request), world_(world), report_(report) {}

  // Loads the position and the folders; begins anew where the request or the store says so.
  Status begin(const Stop& stop);
  // One page of each stream that is not at its end yet.
  Status step(const Stop& stop);
  // Every stream is at its end: all of the provider's changes so far are in the store.
  bool finished() const { return open_.empty(); }
  // Looks up what left one stream and was not seen in another. Call when finished().
  Status settle(const Stop& stop);
  // What is synced; the whole mailbox before begin().
  const SyncScope& scope() const { return scope_; }

 private:
  struct Listing;

  Status refresh(const Stop& stop);
  Status restart(const StreamId& stream, const Stop& stop);
  Status step_changes(const std::vector<StreamState*>& states, const Stop& stop);
  Status apply(const std::vector<StreamState*>& states, std::vector<Result<Page>> pages, const Stop& stop);
  Status step_listing(StreamState& state, const Stop& stop);
  Status apply_listing(StreamState& state, Listing listing, const IdPage& page, const Stop& stop);
  Status finish_listing(StreamState& state, bool rebuild_marks);
  Status mark_large(const StreamId& stream, const IdPage& page, const Stop& stop);
  bool advance(Listing& listing) const;
  bool enter(Listing& listing) const;
  std::vector<FolderId> labels_of(const Listing& listing) const;
  void count(const PageOutcome& outcome);
  StreamState* find(const StreamId& stream);

  const SyncRequest& request_;
  const SyncWorld& world_;
  SyncReport& report_;
  SyncPosition position_;  // of the streams that are followed
  SyncScope scope_;
  std::set<StreamId> open_;                  // streams not yet at their end in this run
  std::set<StreamId> restarted_;             // cursors that expired in this run; twice is an error
  std::optional<std::set<RemoteId>> large_;  // of the whole mailbox, once a listing brought something new
};

}  // namespace mailmgr
