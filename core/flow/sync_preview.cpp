#include "core/flow/sync_preview.h"

#include <set>

#include "core/flow/sync_scope.h"

namespace mailmgr {
namespace {

constexpr int kMaxPreviewPages = 1'000'000;  // a stream that a server never ends is given up

class Preview {
 public:
  Preview(const SyncRequest& request, const SyncWorld& world, Inventory& inventory, SyncReport& report)
      : request_(request), world_(world), inventory_(inventory), report_(report) {}

  Status run(const Stop& stop) {
    auto position = world_.store.position(request_.account);
    if (!position) return position.error();
    const bool same_scope = position->scope == request_.scope.text();
    std::vector<StreamCursor> followed;
    for (const auto& state : position->streams) {
      const bool following = same_scope && !request_.full && !state.cursor.value.empty() && !state.enumerating;
      if (following) followed.push_back({state.stream, state.cursor});
    }
    auto refresh = world_.mailbox.refresh({followed}, stop);
    if (!refresh) return refresh.error();
    scope_ = SyncScope(request_.scope, refresh->folders.folders);
    for (std::size_t i = 0; i < followed.size(); ++i) {
      if (auto read = follow(followed[i], std::move(refresh->pages[i]), stop); !read) return read;
    }
    return followed.size() < refresh->folders.streams.size() ? estimate(*refresh, followed, stop) : Status();
  }

  Status count_queue() {
    auto counts = world_.store.counts(request_.account);
    if (!counts) return counts.error();
    report_.remaining += counts->remaining;
    report_.failed = counts->failed;
    return {};
  }

 private:
  Status follow(StreamCursor stream, Result<Page> page, const Stop& stop) {
    for (int pages = 0; pages < kMaxPreviewPages; ++pages) {
      if (!page && (page.error().code == Code::gone || page.error().code == Code::cursor_expired)) return {};
      if (!page) return page.error();
      for (const auto& change : page->changes) {
        if (auto counted = count(change); !counted) return counted;
      }
      if (!page->more) return {};
      stream.cursor = page->next;
      page = std::move(world_.mailbox.changes({&stream, 1}, stop).front());
    }
    return {};
  }

  Status count(const Change& change) {
    if (!counted_.insert(change.id).second) return {};
    auto local = inventory_.find(request_.account, change.id);
    if (!local) return local.error();
    const bool stored = *local && (*local)->stored;
    if (change.presence == Presence::present) {
      if (stored) {
        ++report_.changed;
      } else if (!(*local && (*local)->wanted) && !scope_.leaves_out(change.marks, change.received)) {
        ++report_.fetched;
      }
    } else if (stored) {
      ++(change.presence == Presence::gone ? report_.deleted : report_.changed);
    }
    return {};
  }

  // What the provider says to be in what was never listed to its end.
  Status estimate(const Refresh& refresh, const std::vector<StreamCursor>& followed, const Stop& stop) {
    std::set<std::string> known;
    for (const auto& stream : followed) known.insert(stream.stream.value);
    std::uint64_t there = 0;
    bool told = false;
    for (const auto& folder : refresh.folders.folders) {
      const StreamId stream(folder.id.value);
      if (!folder.total || folder.kind != Folder::Kind::folder || known.contains(stream.value)) continue;
      told = true;
      if (scope_.follows(stream)) there += *folder.total;
    }
    if (!told) {
      auto profile = world_.mailbox.profile(stop);
      if (!profile) return profile.error();
      there = profile->messages.value_or(0);
    }
    auto counts = world_.store.counts(request_.account);
    if (!counts) return counts.error();
    const auto here = followed.empty() ? counts->messages + counts->remaining : 0;
    report_.remaining += there > here ? there - here : 0;
    return {};
  }

  const SyncRequest& request_;
  const SyncWorld& world_;
  Inventory& inventory_;
  SyncReport& report_;
  SyncScope scope_;
  std::set<RemoteId> counted_;
};

}  // namespace

SyncReport preview_sync(const SyncRequest& request, const SyncWorld& world, Inventory& inventory, const Stop& stop) {
  SyncReport report;
  report.account = request.account;
  report.started = world.clock.now();
  const auto began = world.clock.monotonic();
  Preview preview(request, world, inventory, report);
  auto done = preview.run(stop);
  if (done) done = preview.count_queue();
  if (!done) report.error = unnamed(done.error());
  report.usage = world.usage.total();
  report.took = std::chrono::duration_cast<milliseconds>(world.clock.monotonic() - began);
  return report;
}

}  // namespace mailmgr
