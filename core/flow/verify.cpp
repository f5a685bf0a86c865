#include "core/flow/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "core/flow/enumerate.h"
#include "core/flow/fetch.h"
#include "core/flow/mailbox_listing.h"
#include "core/flow/verify_content.h"

namespace mailmgr {
namespace {

constexpr std::size_t kLookUpAtOnce = 200;
constexpr std::size_t kReadAtOnce = 500;
// What differs is looked up again so many times: a message may change between two looks.
constexpr int kLooks = 3;

// A message as the provider tells it alone; no marks: it is gone.
using Answers = std::map<RemoteId, std::optional<Fetched>>;

class Verification {
 public:
  Verification(const VerifyRequest& request, const VerifyWorld& world, const DifferenceSink& sink,
               const SyncProgress& progress)
      : request_(request), world_(world), sink_(sink), progress_(progress) {}

  VerifyReport run(const Stop& stop);

 private:
  Status work(const Stop& stop);
  Status follow(const Stop& stop);
  Status compare_marks(const Stop& stop);
  Result<Differences> candidates(const MailboxListing& listing);
  Status confirm(Differences& suspects, const Stop& stop);
  Result<Answers> look_up(const std::vector<RemoteId>& ids, Want want, const Stop& stop);
  std::optional<Difference> difference(const RemoteId& id, const std::optional<LocalMessage>& local,
                                       const std::optional<Fetched>& remote) const;
  bool in_scope(const LocalMessage& message) const;
  Status settle(const Differences& differences, const Stop& stop);
  Status repair(const Differences& differences, const Stop& stop);
  Status bring(const std::vector<RemoteId>& ids, const Stop& stop);
  Status compare_contents(const Stop& stop);
  Status check_store(const Stop& stop);
  void tell(const Difference& difference);
  void tell_progress(std::uint64_t done);
  void record();

  const VerifyRequest& request_;
  const VerifyWorld& world_;
  const DifferenceSink& sink_;
  const SyncProgress& progress_;
  VerifyReport report_;
  SyncReport followed_;  // what following the changes came to
  SyncScope scope_;
  SyncPosition position_;
};

VerifyReport Verification::run(const Stop& stop) {
  const AccountId account = request_.sync.account;
  report_.account = account;
  report_.started = world_.sync.clock.now();
  const auto began = world_.sync.clock.monotonic();
  auto lease = world_.sync.leases.take("sync-" + std::to_string(account.value), milliseconds(0), stop);
  if (!lease) {
    report_.error = lease.error();
    return std::move(report_);
  }
  auto run = world_.sync.runs.begin(account, RunKind::verify, report_.started);
  if (!run) {
    report_.error = run.error();
    return std::move(report_);
  }
  report_.run = *run;
  if (auto worked = work(stop); !worked) report_.error = unnamed(worked.error());
  if (auto counts = world_.sync.store.counts(account)) report_.remaining = counts->remaining;
  report_.usage = world_.sync.usage.total();
  report_.complete = !report_.error && report_.remaining == 0 && report_.differences == report_.repaired;
  report_.took = std::chrono::duration_cast<milliseconds>(world_.sync.clock.monotonic() - began);
  record();
  return std::move(report_);
}

Status Verification::work(const Stop& stop) {
  if (auto compared = compare_marks(stop); !compared) return compared;
  if (request_.deep) {
    if (auto compared = compare_contents(stop); !compared) return compared;
  }
  return request_.store ? check_store(stop)
                        : Status();  // last: an index that is made anew is made of contents that are whole
}

// Brings marks and the queue up to now; fetches nothing.
Status Verification::follow(const Stop& stop) {
  Enumeration enumeration(request_.sync, world_.sync, followed_);
  if (auto begun = enumeration.begin(stop); !begun) return begun;
  do {
    if (stop.requested(world_.sync.clock)) return Stop::error();
    if (auto stepped = enumeration.step(stop); !stepped) return stepped;
  } while (!enumeration.finished());
  if (auto ended = enumeration.end(stop); !ended) return ended;
  scope_ = enumeration.scope();
  auto position = world_.sync.store.position(request_.sync.account);
  if (!position) return position.error();
  position_ = *std::move(position);
  return {};
}

Status Verification::compare_marks(const Stop& stop) {
  if (auto followed = follow(stop); !followed) return followed;
  std::vector<StreamId> streams;
  for (const auto& state : position_.streams) {
    if (scope_.follows(state.stream)) streams.push_back(state.stream);
  }
  const SyncScope scope = scope_;  // as it is listed; following the changes may rename what it names
  MailboxListing listing(world_.sync.mailbox, request_.sync.snapshots_streams, scope);
  const auto listed = listing.list(
      streams, position_.folders, [this](std::uint64_t done) { tell_progress(done); }, stop);
  if (!listed) return listed;
  if (auto followed = follow(stop); !followed) return followed;
  auto suspects = candidates(listing);
  if (!suspects) return suspects.error();
  if (auto confirmed = confirm(*suspects, stop); !confirmed) return confirmed;
  return settle(*suspects, stop);
}

// What the listing and the store tell differently.
Result<Differences> Verification::candidates(const MailboxListing& listing) {
  Differences suspects;
  std::uint64_t matched = 0;
  std::unordered_map<RemoteId, bool> known;
  const auto compare = [&](const LocalMessage& local) {
    known.emplace(local.remote_id, true);
    const auto remote = listing.messages().find(local.remote_id);
    const bool listed = remote != listing.messages().end();
    if (listed) ++matched;
    if (local.wanted || local.departed) return true;  // backlog, or a draft whose successor is
    const bool equal = listed && local.stored && digest(local) == remote->second;
    const bool left_alone = !listed && !in_scope(local);
    if (!equal && !left_alone) suspects.emplace(local.remote_id, Difference{});
    return true;
  };
  if (auto read = world_.inventory.each(request_.sync.account, compare); !read) return read.error();
  for (const auto& [id, marks] : listing.messages()) {
    if (!known.contains(id)) suspects.emplace(id, Difference{});
  }
  report_.compared = matched;
  return suspects;
}

// Mail that left the scope stays stored and proves nothing.
bool Verification::in_scope(const LocalMessage& message) const {
  MarksPatch marks;
  marks.labels = message.places;
  marks.complete = true;
  return !scope_.leaves_out(marks, message.received);
}

// Looks at each suspect by itself, and keeps those that differ each time.
Status Verification::confirm(Differences& suspects, const Stop& stop) {
  for (int look = 0; look < kLooks && !suspects.empty(); ++look) {
    std::vector<RemoteId> ids;
    for (const auto& [id, known] : suspects) ids.push_back(id);
    auto answers = look_up(ids, Want::marks, stop);
    if (!answers) return answers.error();
    if (auto followed = follow(stop); !followed) return followed;
    for (const auto& [id, remote] : *answers) {
      auto local = world_.inventory.find(request_.sync.account, id);
      if (!local) return local.error();
      auto found = difference(id, *local, remote);
      if (found) {
        suspects[id] = *std::move(found);
      } else {
        suspects.erase(id);
      }
    }
  }
  return {};
}

std::optional<Difference> Verification::difference(const RemoteId& id, const std::optional<LocalMessage>& local,
                                                   const std::optional<Fetched>& remote) const {
  if (local && (local->wanted || local->departed)) return std::nullopt;
  const MessageId message = local ? local->id : MessageId(0);
  if (!remote) {
    if (!local || !in_scope(*local)) return std::nullopt;
    return Difference{Divergence::surplus, id, message, "it is no longer in the mailbox"};
  }
  if (!local || !local->stored) {
    if (scope_.leaves_out(remote->marks, remote->received)) return std::nullopt;
    return Difference{Divergence::missing, id, message, "it is in the mailbox and was never fetched"};
  }
  const auto here = digest(*local);
  const auto there = digest(remote->marks);
  if (here == there) return std::nullopt;
  std::string detail;
  const auto differs = [&](bool mine, bool theirs, std::string_view word) {
    if (mine == theirs) return;
    detail += fmt::format("{}{}{} in the mailbox", detail.empty() ? "" : ", ", theirs ? "" : "not ", word);
  };
  differs(here.unread, there.unread, "unread");
  differs(here.starred, there.starred, "starred");
  differs(here.draft, there.draft, "a draft");
  if (here.places != there.places) detail += fmt::format("{}other folders or labels", detail.empty() ? "" : ", ");
  return Difference{Divergence::marks, id, message, detail};
}

Result<Answers> Verification::look_up(const std::vector<RemoteId>& ids, Want want, const Stop& stop) {
  Answers answers;
  for (std::size_t from = 0; from < ids.size(); from += kLookUpAtOnce) {
    const std::span<const RemoteId> some(ids.data() + from, std::min(kLookUpAtOnce, ids.size() - from));
    std::mutex mutex;
    Status trouble;
    const auto take = [&](const RemoteId& id, Result<Fetched> answer) {
      const std::lock_guard lock(mutex);
      if (answer) {
        answers[id] = *std::move(answer);
      } else if (answer.error().code == Code::gone) {
        answers[id] = std::nullopt;
      } else {
        trouble = answer.error();
      }
      return true;
    };
    if (auto fetched = world_.sync.mailbox.fetch(some, want, take, stop); !fetched) return fetched.error();
    if (!trouble) return trouble.error();
  }
  return answers;
}

Status Verification::settle(const Differences& differences, const Stop& stop) {
  for (const auto& [id, difference] : differences) tell(difference);
  return request_.repair && !differences.empty() ? repair(differences, stop) : Status();
}

Status Verification::repair(const Differences& differences, const Stop& stop) {
  std::vector<RemoteId> ids;
  std::vector<RemoteId> gone, wanted;
  for (const auto& [id, difference] : differences) {
    if (difference.kind == Divergence::surplus) gone.push_back(id);
    if (difference.kind == Divergence::marks) ids.push_back(id);
    if (difference.kind == Divergence::missing || difference.kind == Divergence::content) wanted.push_back(id);
  }
  auto answers = look_up(ids, Want::marks, stop);
  if (!answers) return answers.error();
  std::vector<std::pair<RemoteId, MarksPatch>> found;
  for (auto& [id, remote] : *answers) {
    if (remote) {
      found.emplace_back(id, std::move(remote->marks));
    } else {
      gone.push_back(id);
    }
  }
  if (auto settled = world_.sync.store.settle_departed(request_.sync.account, found, gone); !settled) {
    return settled.error();
  }
  report_.repaired += found.size() + gone.size();
  return bring(wanted, stop);
}

// Fetches messages, stored ones too.
Status Verification::bring(const std::vector<RemoteId>& ids, const Stop& stop) {
  std::vector<Wanted> wanted;
  for (const auto& id : ids) wanted.push_back({.id = id});
  SyncReport fetched;
  Fetching fetching(request_.sync, scope_, world_.sync, fetched, nullptr);
  if (auto brought = fetching.fetch(wanted, Want::everything, stop); !brought) return brought;
  report_.repaired += fetched.fetched;
  return {};
}

// Stored messages: their bytes against the hash they had when they were stored, and against the provider's.
Status Verification::compare_contents(const Stop& stop) {
  std::vector<LocalMessage> messages;
  const auto keep = [&](const LocalMessage& message) {
    if (message.stored && !message.wanted && in_scope(message)) {
      messages.push_back(message);
      messages.back().places.clear();
    }
    return true;
  };
  if (auto read = world_.inventory.each(request_.sync.account, keep); !read) return read;
  for (std::size_t from = 0; from < messages.size(); from += kReadAtOnce) {
    if (stop.requested(world_.sync.clock)) return Stop::error();
    const auto first = messages.begin() + static_cast<std::ptrdiff_t>(from);
    const auto size = static_cast<std::ptrdiff_t>(std::min(kReadAtOnce, messages.size() - from));
    auto differences = compare_content({first, first + size}, world_, request_.stable_bytes, report_.contents, stop);
    if (!differences) return differences.error();
    if (auto settled = settle(*differences, stop); !settled) return settled;
    tell_progress(report_.contents);
  }
  return {};
}

Status Verification::check_store(const Stop& stop) {
  auto problems = world_.inventory.problems();
  if (!problems) return problems.error();
  for (auto& problem : *problems) tell({Divergence::store, {}, MessageId(0), std::move(problem)});
  if (problems->empty() || !request_.repair) return {};
  const auto parse = [](const Blob& raw) { return parse_message(raw); };
  const auto go_on = [&] { return !stop.requested(world_.sync.clock); };
  if (auto indexed = world_.inventory.reindex(parse, go_on); !indexed) return indexed;
  auto left = world_.inventory.problems();
  if (!left) return left.error();
  report_.repaired += problems->size() - std::min(problems->size(), left->size());
  return {};
}

void Verification::tell(const Difference& difference) {
  ++report_.differences;
  if (sink_) sink_(difference);
}

void Verification::tell_progress(std::uint64_t done) {
  if (!progress_) return;
  SyncReport report;
  report.fetched = done;
  progress_(report);
}

void Verification::record() {
  RunRecord record;
  record.run = report_.run;
  record.account = report_.account;
  record.kind = RunKind::verify;
  record.started = report_.started;
  record.ended = report_.started + report_.took;
  record.changed = followed_.changed;
  record.deleted = followed_.deleted;
  record.failed = report_.differences - report_.repaired;
  record.remaining = report_.remaining;
  record.requests = report_.usage.requests;
  record.quota_units = report_.usage.quota_units;
  record.complete = report_.complete;
  if (const auto outcome = report_.outcome(); !outcome) {
    record.error_code = exit_class(outcome.error().code).name;
    record.error = outcome.error().message;
  }
  if (auto ended = world_.sync.runs.end(record); !ended && !report_.error) report_.error = ended.error();
}

}  // namespace

std::string_view to_string(Divergence divergence) {
  switch (divergence) {
    case Divergence::missing:
      return "missing";
    case Divergence::surplus:
      return "surplus";
    case Divergence::marks:
      return "marks";
    case Divergence::content:
      return "content";
    case Divergence::store:
      return "store";
  }
  return "store";
}

Status VerifyReport::outcome() const {
  if (error) return *error;
  if (differences <= repaired) return {};
  return Error{Code::partial, fmt::format("the store and the mailbox differ in {} places", differences - repaired),
               "mailmgr verify --repair"};
}

VerifyReport verify_account(const VerifyRequest& request, const VerifyWorld& world, const DifferenceSink& sink,
                            const SyncProgress& progress, const Stop& stop) {
  return Verification(request, world, sink, progress).run(stop);
}

}  // namespace mailmgr
