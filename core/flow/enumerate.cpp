#include "core/flow/enumerate.h"

#include <algorithm>

namespace mailmgr {
namespace {

constexpr auto kFollowAgain = std::chrono::minutes(1);
constexpr auto kReconcileAfter = std::chrono::hours(24 * 7);
constexpr std::uint64_t kLarge = std::uint64_t{4} << 20;  // bytes: a message that is worth a request of its own

// Whether an error is about one stream, so that the others can go on.
bool is_streams_own(const Error& error) {
  return error.code == Code::try_later || error.code == Code::no_answer || error.code == Code::refused ||
         error.code == Code::too_large || error.code == Code::cursor_expired;
}

}  // namespace

Status Enumeration::begin(const Stop& stop) {
  looked_at_ = world_.clock.monotonic();
  if (auto refreshed = refresh(stop); !refreshed) return refreshed;
  return begin_streams(request_.full, stop);
}

// The folders, and with them the next page of every stream that is already followed.
Status Enumeration::refresh(const Stop& stop) {
  auto before = world_.store.position(request_.account);
  if (!before) return before.error();
  if (before->scope != request_.scope.text()) {
    auto changed = world_.store.change_scope(request_.account, request_.scope.text());
    if (!changed) return changed;
    before = world_.store.position(request_.account);
    if (!before) return before.error();
  }
  std::vector<StreamCursor> followed;
  for (const auto& state : before->streams) {
    if (!state.cursor.value.empty() && !request_.full) followed.push_back({state.stream, state.cursor});
  }
  // A full run takes nothing for granted.
  const auto known = request_.full ? std::span<const Folder>() : std::span<const Folder>(before->folders);
  auto refresh = world_.mailbox.refresh({followed, known}, stop);
  if (!refresh) return refresh.error();
  position_ = *std::move(before);
  const auto still_good = take_folders(refresh->folders);
  if (!still_good) return still_good.error();
  for (const auto& state : position_.streams) open_.insert(state.stream);
  if (!*still_good) return {};

  std::vector<StreamId> streams;
  std::vector<Result<Page>> pages;
  for (std::size_t i = 0; i < followed.size(); ++i) {
    if (!find(followed[i].stream)) continue;  // its folder is gone, or out of scope now
    streams.push_back(followed[i].stream);
    pages.push_back(std::move(refresh->pages[i]));
  }
  return apply(streams, std::move(pages), stop);
}

// False if folders that were known mean something else to the scope now (by a new name, or in another folder): then
// every stream begins anew. That is saved before the folders are, so that a kill in between cannot hide it.
Result<bool> Enumeration::take_folders(const Folders& folders) {
  std::vector<Folder> known = folders.folders;
  const auto is_other_label = [&](const Folder& f) { return f.kind == Folder::Kind::label && !folders.every_label; };
  std::copy_if(position_.folders.begin(), position_.folders.end(), std::back_inserter(known), is_other_label);
  const SyncScope before(request_.scope, position_.folders);
  const bool same = SyncScope(request_.scope, known).treats_as(before, position_.folders);
  if (!same) {
    auto changed = world_.store.change_scope(request_.account, request_.scope.text());
    if (!changed) return changed.error();
  }
  if (auto saved = world_.store.save_folders(request_.account, folders, world_.clock.now()); !saved) {
    return saved.error();
  }
  auto position = world_.store.position(request_.account);
  if (!position) return position.error();
  position_ = *std::move(position);
  every_label_ = folders.every_label;
  scope_ = SyncScope(request_.scope, position_.folders);
  std::erase_if(position_.streams, [&](const auto& state) { return !scope_.follows(state.stream); });
  std::erase_if(open_, [&](const auto& stream) { return !find(stream); });
  return same;
}

Result<bool> Enumeration::look_at_folders(const Stop& stop) {
  auto refresh = world_.mailbox.refresh({}, stop);
  return refresh ? take_folders(refresh->folders) : refresh.error();
}

// Begins those streams that never were; all of them if asked.
Status Enumeration::begin_streams(bool all, const Stop& stop) {
  std::vector<StreamId> begun;
  for (const auto& state : position_.streams) {
    if (all || (state.cursor.value.empty() && !state.enumerating)) begun.push_back(state.stream);
  }
  for (const auto& stream : begun) {
    if (auto done = restart(stream, stop); !done) return done;
  }
  if (begun.empty() || begun.size() != position_.streams.size()) return {};
  position_.reconciled_at = world_.clock.now();  // listing everything compares all ids as well
  return world_.store.reconciling(request_.account, *position_.reconciled_at);
}

Status Enumeration::restart(const StreamId& stream, const Stop& stop) {
  if (request_.snapshots_streams) return enumerate(stream, {});
  // The position is taken before listing: what happens meanwhile is replayed from it, and replaying is harmless.
  const StreamCursor from_start{stream, {}};
  auto pages = world_.mailbox.changes({&from_start, 1}, stop);
  if (!pages.front()) return pages.front().error();
  // Marks are rebuilt from the labels, so no label may be missing that was put on mail before this position.
  const bool lists_marks = position_.reconciled_at.has_value();
  if (lists_marks) {
    if (auto looked = look_at_folders(stop); !looked) return looked.error();
  }
  return enumerate(stream, pages.front()->next);
}

Status Enumeration::enumerate(const StreamId& stream, const Cursor& cursor) {
  if (auto begun = world_.store.begin_enumeration(request_.account, stream, cursor); !begun) return begun;
  open_.insert(stream);
  StreamState* state = find(stream);
  state->cursor = cursor;
  state->enumerating = true;
  state->listing.clear();
  return {};
}

bool Enumeration::finished() const {
  return open_.empty() && std::none_of(position_.streams.begin(), position_.streams.end(),
                                       [&](const StreamState& state) { return is_listing(state); });
}

Status Enumeration::step(const Stop& stop) {
  if (world_.clock.monotonic() - looked_at_ >= kFollowAgain) {
    looked_at_ = world_.clock.monotonic();
    for (const auto& state : position_.streams) open_.insert(state.stream);
  }
  if (auto followed = follow(stop); !followed) return followed;
  std::vector<StreamId> listed;
  for (const auto& state : position_.streams) {
    if (is_listing(state)) listed.push_back(state.stream);
  }
  for (const auto& stream : listed) {
    if (auto done = list(stream, stop); !done) return done;
  }
  return finished() ? settle(stop) : Status();
}

Status Enumeration::follow(const Stop& stop) {
  std::vector<StreamId> streams;
  std::vector<StreamCursor> cursors;
  for (const auto& state : position_.streams) {
    if (!open_.contains(state.stream)) continue;
    streams.push_back(state.stream);
    cursors.push_back({state.stream, state.cursor});
  }
  if (streams.empty()) return {};
  return apply(streams, world_.mailbox.changes(cursors, stop), stop);
}

Status Enumeration::apply(const std::vector<StreamId>& streams, std::vector<Result<Page>> pages, const Stop& stop) {
  const auto still_good = know_labels(pages, stop);
  if (!still_good) return still_good.error();
  if (!*still_good) return begin_streams(false, stop);
  Status outcome;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    StreamState* state = find(streams[i]);
    if (!state) continue;
    if (!pages[i]) {
      auto done = stopped(streams[i], pages[i].error(), stop);
      if (!done && outcome) outcome = done;  // the other streams' pages are applied all the same
      continue;
    }
    for (auto& change : pages[i]->changes) change.in_scope = !scope_.leaves_out(change.marks, change.received);
    auto applied = world_.store.apply_page(request_.account, streams[i], *pages[i]);
    if (!applied) return applied.error();
    count(*applied);
    state->cursor = pages[i]->next;
    if (pages[i]->more) continue;
    open_.erase(streams[i]);
    if (pages[i]->snapshot) state->enumerating = false;
  }
  return outcome;
}

// The next page of a stream did not come.
Status Enumeration::stopped(const StreamId& stream, const Error& error, const Stop& stop) {
  if (error.code == Code::cursor_expired && restarted_.insert(stream).second) return restart(stream, stop);
  if (error.code != Code::gone && !is_streams_own(error)) return error;
  // A folder that was deleted since it was listed needs nothing: the next run drops its stream.
  if (error.code != Code::gone && !trouble_) trouble_ = error;
  open_.erase(stream);
  return {};
}

bool Enumeration::is_known(const FolderId& id) const {
  return std::any_of(position_.folders.begin(), position_.folders.end(), [&](const auto& f) { return f.id == id; });
}

// Where all labels are listed, one that is not was made since, or is no more: history tells of those too. False if the
// pages are of no use any more because the scope means something else.
Result<bool> Enumeration::know_labels(std::vector<Result<Page>>& pages, const Stop& stop) {
  if (!every_label_) return true;
  const auto unknown = [&](const FolderId& label) { return !is_known(label); };
  const auto any_unknown = [&](const Change& change) {
    return std::any_of(change.marks.add.begin(), change.marks.add.end(), unknown) ||
           (change.marks.labels && std::any_of(change.marks.labels->begin(), change.marks.labels->end(), unknown));
  };
  const bool asks = std::any_of(pages.begin(), pages.end(), [&](const Result<Page>& page) {
    return page && std::any_of(page->changes.begin(), page->changes.end(), any_unknown);
  });
  if (!asks) return true;
  const auto still_good = look_at_folders(stop);
  if (!still_good || !*still_good) return still_good;
  for (auto& page : pages) {
    if (!page) continue;
    for (auto& change : page->changes) {
      std::erase_if(change.marks.add, unknown);
      if (change.marks.labels) std::erase_if(*change.marks.labels, unknown);
    }
  }
  return true;
}

Status Enumeration::list(const StreamId& stream, const Stop& stop) {
  StreamState& state = *find(stream);
  auto listing = Listing::parse(state.listing);
  if (!listing) {
    auto counts = world_.store.counts(request_.account);
    if (!counts) return counts.error();
    listing = ListingPlan(scope_, position_.folders).first(counts->messages > 0);
    listing->pinned = state.cursor;
  }
  auto page = world_.mailbox.list(stream, {listing->label, request_.scope.since}, listing->cursor, stop);
  if (page) return apply_listing(state, *std::move(listing), *page, stop);
  const bool missing = page.error().code == Code::gone || page.error().code == Code::refused;
  if (missing && listing->label) {
    // A label that was deleted meanwhile carries nothing; that it was is not believed on one word.
    const auto still_good = look_at_folders(stop);
    if (!still_good) return still_good.error();
    if (!*still_good) return begin_streams(false, stop);
    if (!is_known(*listing->label)) return apply_listing(*find(stream), *std::move(listing), {}, stop);
  }
  const bool again = page.error().code == Code::cursor_expired && restarted_.insert(stream).second;
  return again ? restart(stream, stop) : page.error();
}

Status Enumeration::apply_listing(StreamState& state, Listing listing, const IdPage& page, const Stop& stop) {
  const Listing listed = listing;
  listing.cursor = page.next;
  const bool goes_on = !page.next.value.empty() || ListingPlan(scope_, position_.folders).advance(listing);
  const std::string text = goes_on ? listing.text() : state.listing;
  if (listed.pass == Listing::Pass::marks) {
    std::vector<RemoteId> carriers;
    for (const auto& [id, thread] : page.ids) carriers.push_back(id);
    auto applied = world_.store.apply_label_listing(request_.account, state.stream, *listed.label, carriers, text);
    if (!applied) return applied;
  } else {
    const bool all_wanted = !scope_.listable();
    const auto purpose = listed.pass == Listing::Pass::left_out             ? ListingPass::left_out
                         : listed.pass == Listing::Pass::ids && !all_wanted ? ListingPass::seen
                                                                            : ListingPass::wanted;
    auto applied = world_.store.apply_listing(request_.account, state.stream, page.ids, purpose, text);
    if (!applied) return applied.error();
    count(*applied);
    if (applied->wanted > 0) {
      if (auto marked = mark_large(state.stream, page, stop); !marked) return marked;
    }
  }
  state.listing = text;
  return goes_on ? Status() : finish_listing(state, listed);
}

// Listings carry no sizes, but what is large can be listed apart, for the price of one page or two.
Status Enumeration::mark_large(const StreamId& stream, const IdPage& page, const Stop& stop) {
  if (!large_) {
    std::set<RemoteId> large;
    Cursor from;
    do {
      auto listed = world_.mailbox.list(stream, {std::nullopt, request_.scope.since, kLarge}, from, stop);
      if (!listed) return listed.error();
      for (auto& [id, thread] : listed->ids) large.insert(std::move(id));
      from = std::move(listed->next);
    } while (!from.value.empty());
    large_ = std::move(large);
  }
  std::vector<RemoteId> found;
  for (const auto& [id, thread] : page.ids) {
    if (large_->contains(id)) found.push_back(id);
  }
  return world_.store.mark_large(request_.account, found);
}

Status Enumeration::finish_listing(StreamState& state, const Listing& listing) {
  const auto from = listing.rebuild_marks ? std::optional(listing.pinned) : std::nullopt;
  auto finished = world_.store.finish_enumeration(request_.account, state.stream, from, request_.scope.since);
  if (!finished) return finished.error();
  count(*finished);
  state.enumerating = false;
  state.listing.clear();
  if (from) {
    state.cursor = *from;
    open_.insert(state.stream);
  }
  return {};
}

Result<bool> Enumeration::reconcile(const Stop& stop) {
  const auto now = world_.clock.now();
  if (trouble_ || (position_.reconciled_at && now - *position_.reconciled_at < kReconcileAfter)) return false;
  if (stop.requested(world_.clock)) return Stop::error();
  if (auto noted = world_.store.reconciling(request_.account, now); !noted) return noted.error();
  position_.reconciled_at = now;
  report_.reconciled = true;
  for (auto& state : position_.streams) {
    if (auto begun = enumerate(state.stream, request_.snapshots_streams ? Cursor() : state.cursor); !begun) {
      return begun.error();
    }
    // Ids alone: marks are compared by `verify`.
    if (is_listing(state)) {
      Listing listing = ListingPlan(scope_, position_.folders).first(false);
      state.listing = listing.text();
    }
  }
  return !position_.streams.empty();
}

Status Enumeration::end(const Stop& stop) {
  // Mail that was fetched may carry labels that nobody has listed yet.
  if (every_label_ && report_.fetched > 0) {
    auto position = world_.store.position(request_.account);
    if (!position) return position.error();
    const bool nameless = std::any_of(position->folders.begin(), position->folders.end(), [](const Folder& folder) {
      return folder.kind == Folder::Kind::label && folder.path == folder.id.value;
    });
    if (nameless) {
      if (auto looked = look_at_folders(stop); !looked) return looked.error();
    }
  }
  if (trouble_) return *trouble_;
  return {};
}

void Enumeration::count(const PageOutcome& outcome) {
  report_.changed += outcome.changed;
  report_.deleted += outcome.deleted;
}

StreamState* Enumeration::find(const StreamId& stream) {
  const auto found = std::find_if(position_.streams.begin(), position_.streams.end(),
                                  [&](const auto& s) { return s.stream == stream; });
  return found == position_.streams.end() ? nullptr : &*found;
}

}  // namespace mailmgr
