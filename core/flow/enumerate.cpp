#include "core/flow/enumerate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>

namespace mailmgr {
namespace {

constexpr std::size_t kDepartedPerStep = 100;
constexpr std::uint64_t kLarge = std::uint64_t{4} << 20;  // bytes: a message that is worth a request of its own

// Marks that a provider which enumerates by listing (Gmail) keeps as labels without showing them as folders.
constexpr std::array<std::string_view, 2> kMarkLabels{"STARRED", "UNREAD"};

}  // namespace

// How far a listing got, as kept in StreamState::listing: which pass, under which label, and where in it.
struct Enumeration::Listing {
  // In this order. Where the scope names no folders, only `ids` and `marks`.
  enum class Pass {
    left_out,  // what is under an excluded label
    ids,       // all ids, of which those not listed any more are gone
    included,  // what is under an included label
    marks,     // the ids under each label, from which marks are rebuilt; if the store held messages before
  };
  bool rebuild_marks = false;
  Pass pass = Pass::left_out;
  std::optional<FolderId> label;  // of every pass but `ids`
  Cursor cursor;

  std::string text() const {
    return fmt::format("{}\n{}\n{}\n{}", rebuild_marks ? "again" : "first", static_cast<int>(pass),
                       label ? label->value : "", cursor.value);
  }
  // nullopt for what is not such a text (that of an older version): the listing then begins anew, which is harmless.
  static std::optional<Listing> parse(const std::string& text) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    for (int i = 0; i < 3; ++i) {
      const auto end = text.find('\n', from);
      if (end == std::string::npos) return std::nullopt;
      parts.push_back(text.substr(from, end - from));
      from = end + 1;
    }
    if (parts[1].size() != 1 || parts[1] < "0" || parts[1] > "3") return std::nullopt;
    Listing listing;
    listing.rebuild_marks = parts[0] == "again";
    listing.pass = static_cast<Pass>(parts[1][0] - '0');
    if ((listing.pass == Pass::ids) != parts[2].empty()) return std::nullopt;
    if (!parts[2].empty()) listing.label = FolderId(parts[2]);
    listing.cursor = Cursor(text.substr(from));
    return listing;
  }
};

Status Enumeration::begin(const Stop& stop) {
  if (auto refreshed = refresh(stop); !refreshed) return refreshed;
  for (auto& state : position_.streams) {
    const bool never_begun = state.cursor.value.empty() && !state.enumerating;
    if (!request_.full && !never_begun) continue;
    open_.insert(state.stream);
    if (auto done = restart(state.stream, stop); !done) return done;
  }
  return {};
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
    const bool following = !state.cursor.value.empty() && (!state.enumerating || request_.snapshots_streams);
    if (following && !request_.full) followed.push_back({state.stream, state.cursor});
  }
  auto refresh = world_.mailbox.refresh(followed, stop);
  if (!refresh) return refresh.error();
  if (auto saved = world_.store.save_folders(request_.account, refresh->folders, world_.clock.now()); !saved) {
    return saved;
  }
  auto position = world_.store.position(request_.account);
  if (!position) return position.error();
  position_ = *std::move(position);
  scope_ = SyncScope(request_.scope, position_.folders);
  std::erase_if(position_.streams, [&](const auto& state) { return !scope_.follows(state.stream); });
  for (const auto& state : position_.streams) open_.insert(state.stream);

  std::vector<StreamState*> states;
  std::vector<Result<Page>> pages;
  for (std::size_t i = 0; i < followed.size(); ++i) {
    StreamState* state = find(followed[i].stream);
    if (!state) continue;  // its folder is gone, or out of scope now
    states.push_back(state);
    pages.push_back(std::move(refresh->pages[i]));
  }
  return apply(states, std::move(pages), stop);
}

Status Enumeration::restart(const StreamId& stream, const Stop& stop) {
  Cursor position;
  if (!request_.snapshots_streams) {
    // The position is taken before listing: what happens meanwhile is replayed from it, and replaying is harmless.
    const StreamCursor from_start{stream, {}};
    auto pages = world_.mailbox.changes({&from_start, 1}, stop);
    if (!pages.front()) return pages.front().error();
    position = pages.front()->next;
  }
  if (auto begun = world_.store.begin_enumeration(request_.account, stream, position); !begun) return begun;
  StreamState* state = find(stream);
  state->cursor = position;
  state->enumerating = true;
  state->listing.clear();
  return {};
}

Status Enumeration::step(const Stop& stop) {
  std::vector<StreamState*> following;
  for (auto& state : position_.streams) {
    if (!open_.contains(state.stream)) continue;
    if (!state.enumerating || request_.snapshots_streams) {
      following.push_back(&state);
      continue;
    }
    auto listed = step_listing(state, stop);
    if (!listed && listed.error().code == Code::cursor_expired && restarted_.insert(state.stream).second) {
      listed = restart(state.stream, stop);
    }
    if (!listed) return listed;
  }
  return following.empty() ? Status() : step_changes(following, stop);
}

Status Enumeration::step_changes(const std::vector<StreamState*>& states, const Stop& stop) {
  std::vector<StreamCursor> cursors;
  for (const auto* state : states) cursors.push_back({state->stream, state->cursor});
  return apply(states, world_.mailbox.changes(cursors, stop), stop);
}

Status Enumeration::apply(const std::vector<StreamState*>& states, std::vector<Result<Page>> pages, const Stop& stop) {
  Status outcome;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const StreamId stream = states[i]->stream;
    if (pages[i]) {
      for (auto& change : pages[i]->changes) change.in_scope = !scope_.leaves_out(change.marks, change.received);
      auto applied = world_.store.apply_page(request_.account, stream, *pages[i]);
      if (!applied) return applied.error();
      count(*applied);
      states[i]->cursor = pages[i]->next;
      if (!pages[i]->more) {
        states[i]->enumerating = false;
        open_.erase(stream);
      }
    } else if (pages[i].error().code == Code::gone) {
      open_.erase(stream);  // the folder was deleted since it was listed; the next run drops its stream
    } else if (pages[i].error().code == Code::cursor_expired && restarted_.insert(stream).second) {
      if (auto done = restart(stream, stop); !done) return done;
    } else if (outcome) {
      outcome = pages[i].error();  // the other streams' pages are applied all the same
    }
  }
  return outcome;
}

Status Enumeration::step_listing(StreamState& state, const Stop& stop) {
  auto listing = Listing::parse(state.listing);
  if (!listing) {
    auto counts = world_.store.counts(request_.account);
    if (!counts) return counts.error();
    listing.emplace();
    listing->rebuild_marks = counts->messages > 0;
    (void)enter(*listing);  // the pass over all ids is always there
  }
  auto page = world_.mailbox.list(state.stream, {listing->label, request_.scope.since}, listing->cursor, stop);
  IdPage none;
  // A label that was deleted meanwhile carries nothing.
  const bool deleted =
      !page && listing->label && (page.error().code == Code::gone || page.error().code == Code::not_found);
  if (!page && !deleted) return page.error();
  return apply_listing(state, *std::move(listing), page ? *page : none, stop);
}

Status Enumeration::apply_listing(StreamState& state, Listing listing, const IdPage& page, const Stop& stop) {
  const Listing listed = listing;
  listing.cursor = page.next;
  const bool goes_on = !page.next.value.empty() || advance(listing);
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
  return goes_on ? Status() : finish_listing(state, listing.rebuild_marks);
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

// To the next label of the pass, or to the first place of the next pass that has any; false at the end.
bool Enumeration::advance(Listing& listing) const {
  const auto labels = labels_of(listing);
  if (listing.label) {
    const auto next = std::upper_bound(labels.begin(), labels.end(), *listing.label);
    if (next != labels.end()) {
      listing.label = *next;
      return true;
    }
  }
  if (listing.pass == Listing::Pass::marks) return false;
  listing.pass = static_cast<Listing::Pass>(static_cast<int>(listing.pass) + 1);
  return enter(listing);
}

// The first place of this pass, or else of those behind it.
bool Enumeration::enter(Listing& listing) const {
  listing.cursor = {};
  listing.label.reset();
  if (listing.pass == Listing::Pass::ids) return true;
  const auto labels = labels_of(listing);
  if (labels.empty()) return advance(listing);
  listing.label = labels.front();
  return true;
}

// In a fixed order, so that an interrupted listing can go on behind the label it had reached.
std::vector<FolderId> Enumeration::labels_of(const Listing& listing) const {
  std::set<FolderId> labels;
  for (const auto& folder : position_.folders) labels.insert(folder.id);
  const auto only = [&](const std::set<FolderId>& wanted) {
    std::erase_if(labels, [&](const auto& label) { return !wanted.contains(label); });
  };
  switch (listing.pass) {
    case Listing::Pass::left_out:
      only(scope_.excluded());
      break;
    case Listing::Pass::ids:
      labels.clear();
      break;
    case Listing::Pass::included:
      only(scope_.listable().value_or(std::set<FolderId>()));
      break;
    case Listing::Pass::marks:
      if (!listing.rebuild_marks) return {};
      for (const auto mark : kMarkLabels) labels.emplace(std::string(mark));
      break;
  }
  return {labels.begin(), labels.end()};
}

Status Enumeration::finish_listing(StreamState& state, bool rebuild_marks) {
  auto finished = world_.store.finish_enumeration(request_.account, state.stream, rebuild_marks, request_.scope.since);
  if (!finished) return finished.error();
  count(*finished);
  state.enumerating = false;
  state.listing.clear();
  return {};
}

Status Enumeration::settle(const Stop& stop) {
  for (;;) {
    auto departed = world_.store.next_departed(request_.account, kDepartedPerStep);
    if (!departed) return departed.error();
    if (departed->empty()) return {};

    std::mutex mutex;
    std::vector<std::pair<RemoteId, MarksPatch>> found;
    std::vector<RemoteId> gone;
    Status trouble;
    const auto sink = [&](const RemoteId& id, Result<Fetched> answer) {
      const std::lock_guard lock(mutex);
      if (answer) {
        found.emplace_back(id, std::move(answer->marks));
      } else if (answer.error().code == Code::gone) {
        gone.push_back(id);
      } else {
        trouble = answer.error();
      }
      return true;
    };
    const auto looked_up = world_.mailbox.fetch(*departed, Want::marks, sink, stop);
    auto settled = world_.store.settle_departed(request_.account, found, gone);
    if (!settled) return settled.error();
    count(*settled);
    if (!looked_up) return looked_up;
    if (!trouble) return trouble;
  }
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
