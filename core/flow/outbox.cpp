#include "core/flow/outbox.h"

#include <fmt/format.h>

namespace mailmgr {
namespace {

constexpr auto kOutboxPatience = std::chrono::seconds(60);
constexpr auto kAskAgain = std::chrono::hours(24);           // about `unknown` ones, after they last changed
constexpr auto kKeepMessages = std::chrono::hours(24 * 30);  // that were sent or cancelled
constexpr auto kKeepRows = std::chrono::hours(24 * 400);

Result<std::unique_ptr<Lease>> lease_of(AccountId account, const SendWorld& world, const Stop& stop) {
  return world.leases.take(fmt::format("outbox-{}", account.value), kOutboxPatience, stop);
}

Result<OutboxRow> row_of(OutboxId id, OutboxStore& outbox) {
  auto row = outbox.find(id);
  if (!row) return row.error();
  if (*row) return **std::move(row);
  return Error{Code::not_found, fmt::format("the outbox has no message {}", id.value), "mailmgr outbox list"};
}

Error cannot(std::string_view what, const OutboxRow& row, std::string hint = "") {
  return {Code::refused, fmt::format("{} message {}: it is {}", what, row.id.value, to_string(row.state)),
          std::move(hint)};
}

// The row as it is once nobody else works on it.
template <class Work>
Result<OutboxRow> with_row(OutboxId id, const SendWorld& world, const Stop& stop, Work&& work) {
  auto seen = row_of(id, world.outbox);
  if (!seen) return seen;
  auto lease = lease_of(seen->account, world, stop);
  if (!lease) return lease.error();
  auto row = row_of(id, world.outbox);
  return row ? work(*std::move(row)) : row;
}

Result<OutboxRow> save(OutboxRow row, OutboxState state, const SendWorld& world) {
  row.state = state;
  row.changed = world.clock.now();
  if (auto saved = world.outbox.update(row); !saved) return saved.error();
  return row;
}

bool is_worth_asking(const OutboxRow& row, Time now) {
  return row.state == OutboxState::unknown && !row.staged.value.empty() && now - row.changed < kAskAgain;
}

}  // namespace

Status flush_outbox(AccountId account, const SendWorld& world, const OutboxSink& told, const Stop& stop) {
  const auto now = world.clock.now();
  auto unsent = world.outbox.rows({.account = account, .unsent = true});
  if (!unsent) return unsent.error();
  auto due = world.outbox.rows({.account = account, .due_by = now});
  if (!due) return due.error();
  std::erase_if(*due,
                [&](const OutboxRow& row) { return row.state != OutboxState::sending && next_attempt(row) > now; });
  for (const auto& row : *unsent) {
    if (is_worth_asking(row, now)) due->push_back(row);
  }
  if (due->empty()) return world.outbox.forget(now - kKeepMessages, now - kKeepRows);

  auto lease = lease_of(account, world, stop);
  if (!lease) return lease.error();
  for (const auto& seen : *due) {
    if (stop.requested(world.clock)) return Stop::error();
    auto row = row_of(seen.id, world.outbox);
    if (!row) return row.error();
    if (row->state != seen.state) continue;  // another run has dealt with it
    const bool is_left_behind = row->state == OutboxState::sending && !row->later;
    auto done = row->state == OutboxState::unknown ? ask(*row, world, stop)
                : is_left_behind                   ? find_out(*row, world, stop)
                                                   : deliver(*row, world, stop);
    if (!done) return done.error();
    if (told) told(*done);
    // Trouble that made this one wait would meet the rest too; by the next flush this one waits, and they come first.
    if (done->state == OutboxState::queued && done->attempts > row->attempts) break;
  }
  return {};
}

Result<OutboxRow> retry_message(OutboxId id, const SendWorld& world, const Stop& stop) {
  return with_row(id, world, stop, [&](OutboxRow row) -> Result<OutboxRow> {
    switch (row.state) {
      case OutboxState::sent:
      case OutboxState::cancelled:
        return cannot("retrying", row);
      case OutboxState::held:
        return cannot("retrying", row, fmt::format("mailmgr outbox release {}", row.id.value));
      default:
        return deliver(std::move(row), world, stop);
    }
  });
}

bool is_retriable(const OutboxRow& row, Time now) {
  const bool is_overdue =
      row.state == OutboxState::queued && (row.attempts > 0 || row.due.value_or(row.created) <= now);
  return row.state == OutboxState::failed || is_overdue;
}

Result<OutboxRow> cancel_message(OutboxId id, const SendWorld& world, const Stop& stop) {
  return with_row(id, world, stop, [&](OutboxRow row) -> Result<OutboxRow> {
    switch (row.state) {
      case OutboxState::queued:
      case OutboxState::scheduled:
      case OutboxState::failed:
      case OutboxState::held:
        break;
      case OutboxState::sending:
      case OutboxState::unknown:
        return cannot("cancelling", row, fmt::format("mailmgr outbox retry {} finds out", row.id.value));
      default:
        return cannot("cancelling", row);
    }
    let_go(row, world, stop);
    return save(std::move(row), OutboxState::cancelled, world);
  });
}

Result<OutboxRow> resolve_message(OutboxId id, SentVerdict verdict, const SendWorld& world, const Stop& stop) {
  return with_row(id, world, stop, [&](OutboxRow row) -> Result<OutboxRow> {
    const bool uncertain =
        row.state == OutboxState::unknown || row.state == OutboxState::sending || row.state == OutboxState::held;
    if (!uncertain) return cannot("resolving", row);
    row.held_from.clear();
    if (verdict == SentVerdict::sent) return save(std::move(row), OutboxState::sent, world);
    row.staged = {};  // a person says that the draft is none of ours any more
    row.dispatched = false;
    row.error_code = exit_class(Code::partial).name;
    row.error = "a person found that it was not sent";
    return save(std::move(row), OutboxState::failed, world);
  });
}

Result<OutboxRow> release_message(OutboxId id, const SendWorld& world, const Stop& stop) {
  return with_row(id, world, stop, [&](OutboxRow row) -> Result<OutboxRow> {
    if (row.state != OutboxState::held) return cannot("releasing", row);
    // What was being sent when the backup was made may have been sent.
    const auto before = row.held_from == "failed"                                   ? OutboxState::failed
                        : row.held_from == "queued" || row.held_from == "scheduled" ? OutboxState::queued
                                                                                    : OutboxState::unknown;
    row.dispatched |= before == OutboxState::unknown;  // by the store that was lost, after the backup
    row.held_from.clear();
    return save(std::move(row), before, world);
  });
}

}  // namespace mailmgr
