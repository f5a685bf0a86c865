#include "core/flow/delivery.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/error_name.h"
#include "core/net/retry.h"

namespace mailmgr {
namespace {

constexpr int kDispatchTries = 4;  // of one draft; each only when the last is known not to have sent it
// A draft that was dispatched may linger before it shows up in Sent; it is looked for this long, doubling the pause,
// before a draft that is still there counts as not sent.
constexpr int kEvidenceLooks = 4;
constexpr auto kFirstLook = std::chrono::seconds(1);
constexpr auto kSettled = std::chrono::minutes(1);  // after a row last changed, one look tells
// What is sent later waits between attempts, at first a little, and is given up after days, as mail servers do.
constexpr auto kFirstWait = std::chrono::minutes(1);
constexpr auto kLongestWait = std::chrono::hours(1);
constexpr auto kGiveUp = std::chrono::hours(24 * 5);

// Whether the provider certainly did not send what it was asked to. A draft that is gone may have been sent by an
// earlier dispatch.
bool certainly_not_sent(const Error& error) {
  return error.code != Code::gone && !may_have_been_done(error);
}

// Whether the next attempt may fare better: in a while, or once somebody has logged in.
bool may_pass(const Error& error) {
  const auto code = exit_class(error.code).code;
  return code == Code::try_later || code == Code::busy || code == Code::auth_required;
}

constexpr std::string_view kKept = "kept:";

bool is_kept_draft(const StagedId& staged) {
  return staged.value.starts_with(kKept);
}

// As its provider knows it.
StagedId at_provider(const StagedId& staged) {
  return is_kept_draft(staged) ? StagedId(staged.value.substr(kKept.size())) : staged;
}

class Delivery {
 public:
  Delivery(OutboxRow row, Blob mime, const SendWorld& world, const Stop& stop)
      : row_(std::move(row)), world_(world), stop_(stop), outgoing_{std::move(mime), row_.message_id, std::nullopt} {
    if (!row_.thread.value.empty() && !is_own(row_.thread)) outgoing_.thread = row_.thread;
    outgoing_.progress = world.progress;
    outgoing_.ordered = row_.created;
  }

  Result<OutboxRow> run() {
    const bool was_under_way = row_.state == OutboxState::sending || row_.state == OutboxState::unknown;
    if (row_.dispatched) {
      // Until there is evidence, nothing changes.
      const auto evidence = look_for_evidence(looks_left());
      if (!evidence) return evidence.error();
      if (*evidence == Evidence::sent) return sent({});
      if (*evidence == Evidence::on_its_way) return unknown(on_its_way());
      if (*evidence == Evidence::none) return unknown(vanished());
    }
    if (auto saved = save(OutboxState::sending); !saved) return saved.error();
    if (row_.staged.value.empty()) {
      auto staged = stage(was_under_way);
      if (!staged && staged.error().code == Code::interrupted) return staged.error();
      if (!staged) return not_sent(staged.error());
      row_.staged = *std::move(staged);
    }
    return dispatch();
  }

  Result<OutboxRow> find_out() {
    if (!row_.dispatched) {
      if (row_.staged.value.empty()) {
        auto orphan = world_.courier.find_staged(outgoing_, stop_);
        if (!orphan) return orphan.error();
        if (*orphan) row_.staged = **std::move(orphan);
      }
      return row_.staged.value.empty() ? end(OutboxState::failed, interrupted()) : give_up(interrupted());
    }
    const auto evidence = look_for_evidence(looks_left());
    if (!evidence) return evidence.error();
    if (*evidence == Evidence::sent) return sent({});
    if (*evidence == Evidence::on_its_way) return unknown(on_its_way());
    if (*evidence == Evidence::none) return unknown(vanished());
    return give_up(interrupted());
  }

  Result<OutboxRow> ask() {
    const auto evidence = world_.courier.evidence(at_provider(row_.staged), outgoing_, stop_);
    if (!evidence && stop_.interrupted()) return evidence.error();
    return evidence && *evidence == Evidence::sent ? sent({}) : Result<OutboxRow>(row_);
  }

 private:
  static Error vanished() {
    return {Code::partial, "the draft is gone, and nothing in Sent tells that it was sent", ""};
  }
  static Error on_its_way() { return {Code::partial, "the provider has taken it and not sent it yet", ""}; }
  static Error interrupted() {
    return {Code::interrupted, "the command that was sending it ended before it was sent", ""};
  }

  int looks_left() const { return world_.clock.now() - row_.changed >= kSettled ? 1 : kEvidenceLooks; }

  // `again`: an earlier attempt may have made the draft.
  Result<StagedId> stage(bool again) {
    if (again) {
      auto found = world_.courier.find_staged(outgoing_, stop_);
      if (!found) return found.error();
      if (*found) return **std::move(found);
    }
    auto staged = world_.courier.stage(outgoing_, stop_);
    if (staged || certainly_not_sent(staged.error())) return staged;
    auto found = world_.courier.find_staged(outgoing_, stop_);
    return found && *found ? Result<StagedId>(**std::move(found)) : staged;
  }

  Result<OutboxRow> dispatch() {
    row_.dispatched = true;  // saved first: a run that is killed from here on leaves a message that may have been sent
    if (auto saved = save(OutboxState::sending); !saved) return saved.error();
    for (int attempt = 1;; ++attempt) {
      const auto receipt = world_.courier.dispatch(at_provider(row_.staged), outgoing_, stop_);
      if (receipt) return sent(*receipt);
      const Error& error = receipt.error();
      const bool not_sent_now = certainly_not_sent(error);
      if (!not_sent_now) {
        const auto evidence = look_for_evidence(kEvidenceLooks);
        if (!evidence && evidence.error().code == Code::interrupted) return evidence.error();
        if (!evidence) return row_.later ? end(OutboxState::sending, error) : unknown(error);  // a flush asks again
        if (*evidence == Evidence::sent) return sent({});
        if (*evidence != Evidence::pending) return unknown(error);
      } else if (exit_class(error.code).code != Code::try_later) {
        return give_up(error);
      }
      // The draft is still there: dispatching the same draft again cannot make a second message.
      if (attempt >= kDispatchTries) return give_up(error);
      const auto pause = error.retry_after.value_or(kFirstLook * attempt);
      if (!stop_.may_wait_until(world_.clock.monotonic() + pause)) return give_up(error);
      if (!wait(pause)) return Stop::error();
    }
  }

  // `pending` only if the draft is there after the last look: one that is seen at first may be on its way. An error
  // when no look told anything, or only earlier ones that it is pending.
  Result<Evidence> look_for_evidence(int looks) {
    Result<Evidence> last = Evidence::none;
    milliseconds pause = kFirstLook;
    for (int look = 0; look < looks; ++look, pause *= 2) {
      if (looks > 1 && !wait(pause)) return Stop::error();
      auto evidence = world_.courier.evidence(at_provider(row_.staged), outgoing_, stop_);
      if (stop_.requested(world_.clock)) return evidence ? evidence : Result<Evidence>(Stop::error());
      const bool is_outdated = look == 0 || !last || *last == Evidence::pending;
      if (evidence || is_outdated) last = std::move(evidence);
      if (last && *last == Evidence::sent) return last;
    }
    return last;
  }

  // The draft is known not to have been sent.
  Result<OutboxRow> give_up(const Error& error) {
    row_.dispatched = false;
    if (keeps_trying(error)) return not_sent(error);  // with the draft that is there
    let_go(row_, world_, stop_);
    return end(OutboxState::failed, error);
  }

  bool keeps_trying(const Error& error) const {
    return row_.later && may_pass(error) &&
           world_.clock.now() - std::max(row_.created, row_.due.value_or(Time())) < kGiveUp;
  }

  Result<OutboxRow> not_sent(const Error& error) {
    if (!keeps_trying(error)) return end(OutboxState::failed, error);
    ++row_.attempts;
    if (error.retry_after) row_.due = world_.clock.now() + *error.retry_after;
    return end(OutboxState::queued, error);
  }

  Result<OutboxRow> unknown(const Error& error) { return end(OutboxState::unknown, error); }

  Result<OutboxRow> sent(const Receipt& receipt) {
    row_.remote_id = receipt.remote_id;
    row_.sent_thread = receipt.thread;
    row_.error_code.clear();
    row_.error.clear();
    if (auto saved = save(OutboxState::sent); !saved) return saved.error();
    return row_;
  }

  Result<OutboxRow> end(OutboxState state, const Error& error) {
    row_.error_code = exit_class(error.code).name;
    row_.error = error.message;
    if (auto saved = save(state); !saved) return saved.error();
    return row_;
  }

  Status save(OutboxState state) {
    row_.state = state;
    row_.changed = world_.clock.now();
    return world_.outbox.update(row_);
  }

  bool wait(milliseconds duration) { return world_.clock.sleep_for(duration, stop_); }

  OutboxRow row_;
  const SendWorld& world_;
  const Stop& stop_;
  Outgoing outgoing_;
};

}  // namespace

StagedId as_kept_draft(const StagedId& draft) {
  return StagedId(std::string(kKept) + draft.value);
}

void let_go(OutboxRow& row, const SendWorld& world, const Stop& stop) {
  if (row.staged.value.empty() || is_kept_draft(row.staged)) return;
  if (auto discarded = world.courier.discard(row.staged, stop); discarded) row.staged = {};
}

Time next_attempt(const OutboxRow& row) {
  const Time due = row.due.value_or(row.created);
  if (row.attempts == 0) return due;
  const milliseconds wait = std::min<milliseconds>(kFirstWait * (1 << std::min(row.attempts - 1, 10)), kLongestWait);
  return std::max(due, row.changed + wait);
}

Result<OutboxRow> deliver(OutboxRow row, const SendWorld& world, const Stop& stop) {
  auto mime = world.outbox.mime(row.id);
  if (!mime) return mime.error();
  return Delivery(std::move(row), *std::move(mime), world, stop).run();
}

Result<OutboxRow> find_out(OutboxRow row, const SendWorld& world, const Stop& stop) {
  auto mime = world.outbox.mime(row.id);
  if (!mime) return mime.error();
  return Delivery(std::move(row), *std::move(mime), world, stop).find_out();
}

Result<OutboxRow> ask(OutboxRow row, const SendWorld& world, const Stop& stop) {
  auto mime = world.outbox.mime(row.id);
  if (!mime) return mime.error();
  return Delivery(std::move(row), *std::move(mime), world, stop).ask();
}

Status outcome(const OutboxRow& row) {
  switch (row.state) {
    case OutboxState::sent:
    case OutboxState::queued:
    case OutboxState::scheduled:
      return {};
    case OutboxState::sending:
      if (row.later) return {};  // the next flush finds out
      [[fallthrough]];
    case OutboxState::unknown:
      return Error{Code::partial, fmt::format("sending \"{}\": the outcome is unknown: {}", row.subject, row.error),
                   fmt::format("mailmgr outbox retry {} asks the provider again; mailmgr outbox resolve {} --sent or "
                               "--not-sent settles it",
                               row.id.value, row.id.value)};
    default:
      return Error{code_named(row.error_code), fmt::format("sending \"{}\": {}", row.subject, row.error)};
  }
}

}  // namespace mailmgr
