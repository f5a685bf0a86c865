#include "core/flow/enumerate.h"

#include <algorithm>
#include <array>
#include <mutex>

namespace mailmgr {
namespace {

constexpr std::size_t kDepartedPerStep = 100;

// Marks that a provider which enumerates by listing (Gmail) keeps as labels without showing them as folders.
constexpr std::array<std::string_view, 2> kMarkLabels{"STARRED", "UNREAD"};

}  // namespace

// How far a listing got, as kept in StreamState::listing: which phase, and where in it. Ids are listed first; if the
// store held messages before, then the ids under each label, from which the marks are rebuilt.
struct Enumeration::Listing {
  bool rebuild_marks = false;
  std::optional<FolderId> label;  // nullopt: listing all ids
  Cursor cursor;

  std::string text() const {
    return (rebuild_marks ? "again\n" : "first\n") + (label ? label->value : "") + "\n" + cursor.value;
  }
  static std::optional<Listing> parse(const std::string& text) {
    const auto first = text.find('\n');
    const auto second = first == std::string::npos ? first : text.find('\n', first + 1);
    if (second == std::string::npos) return std::nullopt;
    Listing listing;
    listing.rebuild_marks = text.compare(0, first, "again") == 0;
    if (second > first + 1) listing.label = FolderId(text.substr(first + 1, second - first - 1));
    listing.cursor = Cursor(text.substr(second + 1));
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
  for (const auto& state : position_.streams) open_.insert(state.stream);

  std::vector<StreamState*> states;
  std::vector<Result<Page>> pages;
  for (std::size_t i = 0; i < followed.size(); ++i) {
    StreamState* state = find(followed[i].stream);
    if (!state) continue;  // its folder is gone
    states.push_back(state);
    pages.push_back(std::move(refresh->pages[i]));
  }
  return apply(states, pages, stop);
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

Status Enumeration::apply(const std::vector<StreamState*>& states, const std::vector<Result<Page>>& pages,
                          const Stop& stop) {
  Status outcome;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const StreamId stream = states[i]->stream;
    if (pages[i]) {
      auto applied = world_.store.apply_page(request_.account, stream, *pages[i], request_.since);
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
  }
  return listing->label ? list_label(state, *std::move(listing), stop) : list_ids(state, *std::move(listing), stop);
}

Status Enumeration::list_ids(StreamState& state, Listing listing, const Stop& stop) {
  auto page = world_.mailbox.list(state.stream, {std::nullopt, request_.since}, listing.cursor, stop);
  if (!page) return page.error();
  listing.cursor = page->next;
  const bool ended = page->next.value.empty();
  const auto labels = listed_labels();
  if (ended && listing.rebuild_marks && !labels.empty()) listing.label = labels.front();
  const std::string text = listing.text();
  auto applied = world_.store.apply_listing(request_.account, state.stream, page->ids, text);
  if (!applied) return applied.error();
  count(*applied);
  state.listing = text;
  return ended && !listing.label ? finish_listing(state, listing.rebuild_marks) : Status();
}

Status Enumeration::list_label(StreamState& state, Listing listing, const Stop& stop) {
  const FolderId label = *listing.label;
  auto page = world_.mailbox.list(state.stream, {label, request_.since}, listing.cursor, stop);
  IdPage none;
  // A label that was deleted meanwhile carries nothing.
  if (!page && page.error().code != Code::gone && page.error().code != Code::not_found) return page.error();
  const IdPage& ids = page ? *page : none;

  listing.cursor = ids.next;
  const bool ended = ids.next.value.empty();
  bool last = false;
  if (ended) {
    const auto labels = listed_labels();
    const auto next = std::upper_bound(labels.begin(), labels.end(), label);
    last = next == labels.end();
    if (!last) listing.label = *next;
  }
  std::vector<RemoteId> carriers;
  for (const auto& [id, thread] : ids.ids) carriers.push_back(id);
  const std::string text = listing.text();
  auto applied = world_.store.apply_label_listing(request_.account, state.stream, label, carriers, text);
  if (!applied) return applied;
  state.listing = text;
  return last ? finish_listing(state, true) : Status();
}

Status Enumeration::finish_listing(StreamState& state, bool rebuild_marks) {
  auto finished = world_.store.finish_enumeration(request_.account, state.stream, rebuild_marks);
  if (!finished) return finished.error();
  count(*finished);
  state.enumerating = false;
  state.listing.clear();
  return {};
}

// In a fixed order, so that an interrupted listing can go on behind the label it had reached.
std::vector<FolderId> Enumeration::listed_labels() const {
  std::vector<FolderId> labels;
  for (const auto& folder : position_.folders) labels.push_back(folder.id);
  for (const auto mark : kMarkLabels) labels.emplace_back(std::string(mark));
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
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
