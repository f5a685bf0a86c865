#include "core/flow/fetch.h"

#include <algorithm>
#include <thread>
#include <unordered_map>

#include "core/flow/bounded_queue.h"
#include "core/mail/parse.h"

namespace mailmgr {
namespace {

constexpr std::size_t kQueueBytes = std::size_t{4} << 20;
constexpr std::size_t kCommitAtLeast = 50;  // messages a commit waits for: what a killed run may lose
constexpr std::size_t kCommitAtMost = 250;
constexpr int kGiveUpAfter = 5;  // failures after which a message is reported once more, then only counted

// Failures after which a message is taken in whatever form it can be had. Not before: a provider that fails for an hour
// would leave copies behind that are not the originals.
constexpr int kAnythingAfter = 3;

constexpr std::string_view kReconstructed = "reconstructed: the provider has no bytes of this message";

// Growing gaps between attempts at a message that fails: 5 min, 10 min, … at most a day.
milliseconds gap_after(int attempts) {
  const auto gap = std::chrono::minutes(5) * (1 << std::min(attempts, 10));
  return std::min<milliseconds>(gap, std::chrono::hours(24));
}

}  // namespace

// A message, or the reason why it did not come, on its way to the writer.
struct Fetching::Arrival {
  RemoteId id;
  NewMessage message;
  std::optional<Error> error;
  std::size_t size = 0;  // of the message, bytes

  // What it takes in memory, roughly.
  std::size_t weight() const {
    std::size_t bytes = 2048 + message.parsed.body_text.size();
    if (const auto* raw = message.raw.in_memory()) bytes += raw->size();
    if (!message.packed) return bytes;
    for (const auto& frame : message.packed->frames) bytes += frame.size();
    return bytes;
  }
};

Result<std::size_t> Fetching::drain(std::size_t limit, const Stop& stop) {
  auto wanted = world_.store.next_wanted(request_.account, limit, world_.clock.now());
  if (!wanted) return wanted.error();
  // Where the marks came with the enumeration, the content is enough. Large messages come alone, after the others.
  std::vector<Wanted> content, everything, alone;
  for (auto& w : *wanted) {
    const bool is_alone = w.large || w.attempts >= kAnythingAfter;
    (is_alone ? alone : w.marks_known ? content : everything).push_back(std::move(w));
  }
  if (auto done = fetch(content, Want::content, stop); !done) return done.error();
  if (auto done = fetch(everything, Want::everything, stop); !done) return done.error();
  for (const auto& w : alone) {
    const auto want = w.attempts >= kAnythingAfter ? Want::anything : w.marks_known ? Want::content : Want::everything;
    if (auto done = fetch({&w, 1}, want, stop); !done) return done.error();
  }
  return wanted->size();
}

Status Fetching::fetch(std::span<const Wanted> wanted, Want want, const Stop& stop) {
  if (wanted.empty()) return {};
  std::vector<RemoteId> ids;
  std::unordered_map<RemoteId, Wanted> by_id;
  for (const auto& w : wanted) {
    ids.push_back(w.id);
    by_id.emplace(w.id, w);
  }

  BoundedQueue<Arrival> queue(kQueueBytes);
  const auto sink = [&](const RemoteId& id, Result<Fetched> fetched) {
    auto arrival = make_ready(id, std::move(fetched));
    const auto weight = arrival.weight();
    return queue.push(std::move(arrival), weight);
  };

  Status fetched;
  Status written;
  {
    std::jthread network([&] {
      fetched = world_.mailbox.fetch(ids, want, sink, stop);
      queue.close();
    });
    for (;;) {
      auto arrivals = queue.pop(kCommitAtLeast, kCommitAtMost);
      if (arrivals.empty()) break;
      for (auto& arrival : arrivals) {
        if (!arrival.error || arrival.error->code == Code::gone || !written) continue;
        written = postpone(arrival, by_id.at(arrival.id));
      }
      if (written) written = write(std::move(arrivals));
      if (!written) {
        queue.close();  // the producers' next push fails, which ends the fetch
        break;
      }
      if (on_written_) on_written_();
    }
  }
  return written ? fetched : written;
}

// What can be done with a message before it is the writer's turn.
Fetching::Arrival Fetching::make_ready(const RemoteId& id, Result<Fetched> fetched) const {
  if (!fetched) return {id, {}, std::move(fetched).error()};
  if (!fetched->raw) return {id, {}, Error{Code::internal, "the provider sent no content"}};
  auto parsed = parse_message(*fetched->raw);
  if (!parsed) return {id, {}, std::move(parsed).error()};
  if (fetched->reconstructed) {
    parsed->damage = std::string(kReconstructed) + (parsed->damage.empty() ? "" : "; " + parsed->damage);
  }
  const auto size = fetched->raw->size();
  NewMessage message{id,
                     std::move(fetched->thread),
                     fetched->received,
                     std::move(fetched->marks),
                     *std::move(fetched->raw),
                     *std::move(parsed)};
  if (auto prepared = world_.store.prepare(message); !prepared) return {id, {}, prepared.error()};
  return {id, std::move(message), std::nullopt, size};
}

Status Fetching::write(std::vector<Arrival> arrivals) {
  std::vector<NewMessage> messages;
  std::vector<RemoteId> gone, left_out;
  for (auto& arrival : arrivals) {
    if (arrival.error) {
      if (arrival.error->code == Code::gone) gone.push_back(arrival.id);
      continue;
    }
    if (scope_.leaves_out(arrival.message.marks, arrival.message.received)) {
      left_out.push_back(arrival.id);  // its date and its places were not known before it was fetched
      continue;
    }
    report_.bytes += arrival.size;
    messages.push_back(std::move(arrival.message));
  }
  if (auto stored = world_.store.store_messages(request_.account, messages, world_.clock.now()); !stored) return stored;
  report_.fetched += messages.size();
  const auto taken = messages.size() + gone.size() + left_out.size();
  report_.remaining -= std::min<std::uint64_t>(report_.remaining, taken);
  if (!gone.empty()) {
    if (auto dropped = world_.store.drop_wanted(request_.account, gone); !dropped) return dropped;
  }
  return left_out.empty() ? Status() : world_.store.leave_out(request_.account, left_out);
}

Status Fetching::postpone(const Arrival& arrival, const Wanted& wanted) {
  const int attempts = wanted.attempts + 1;
  report_.met_failures |= attempts == 1 || attempts == kGiveUpAfter;
  return world_.store.postpone(request_.account, arrival.id, arrival.error->message,
                               world_.clock.now() + gap_after(wanted.attempts));
}

}  // namespace mailmgr
