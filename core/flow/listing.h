// How a mailbox whose provider lists ids apart from its changes (Gmail) is listed: in which passes, under which labels,
// and how far that got. Where the scope names no folders, only the passes `ids` and `marks` have anything to do.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>

#include "core/flow/sync_scope.h"
#include "core/ports/provider.h"

namespace mailmgr {

struct Listing {
  // In this order.
  enum class Pass {
    left_out,  // what is under an excluded label
    ids,       // all ids, of which those not listed any more have departed
    included,  // what is under an included label
    marks,     // the ids under each label, from which marks are rebuilt
  };
  bool rebuild_marks = false;
  Pass pass = Pass::left_out;
  std::optional<FolderId> label;  // of every pass but `ids`
  Cursor pinned;                  // the stream's position before the listing, from which changes are replayed
  Cursor cursor;

  // As kept in StreamState::listing.
  std::string text() const;
  // nullopt for what is no such text (that of an older version): the listing then begins anew, which is harmless.
  static std::optional<Listing> parse(const std::string& text);
};

class ListingPlan {
 public:
  ListingPlan(const SyncScope& scope, std::span<const Folder> folders) : scope_(scope), folders_(folders) {}

  Listing first(bool rebuild_marks) const;
  // To the next label of the pass, or to the first place of the next pass that has any; false at the end.
  bool advance(Listing& listing) const;

 private:
  bool enter(Listing& listing) const;
  std::set<FolderId> labels_of(const Listing& listing) const;

  const SyncScope& scope_;
  std::span<const Folder> folders_;
};

}  // namespace mailmgr
