#include "core/flow/bulk.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/encoding.h"
#include "core/base/sha256.h"
#include "core/flow/list_problems.h"
#include "core/flow/outbox.h"
#include "core/mail/inline_images.h"

namespace mailmgr {
namespace {

constexpr auto kBulkLeaseWait = std::chrono::seconds(60);
constexpr std::size_t kRowsPerCommit = 50;
constexpr std::size_t kBytesPerCommit = std::size_t{8} << 20;
constexpr std::size_t kRowsPerPage = 200;
constexpr auto kLate = std::chrono::minutes(10);

Result<std::unique_ptr<Lease>> bulk_lease(AccountId account, const BulkWorld& world, const Stop& stop) {
  return world.sending.leases.take(fmt::format("outbox-{}", account.value), kBulkLeaseWait, stop);
}

Result<PreparedMessage> prepare_row(const BulkListRow& row, const BulkOrder& order, const BulkWorld& world) {
  SendRequest request;
  request.account = order.sender.account;
  request.access = order.access;
  request.later = true;
  Draft& draft = request.draft;
  set_sender(order.sender, draft);
  if (!order.reply_to.empty()) draft.reply_to = order.reply_to;
  draft.to = row.to;
  draft.cc = row.cc;
  draft.bcc = row.bcc;
  draft.subject = row.subject;
  if (auto filled = fill_draft(order.pattern, row.values, UnusedValues::ignore, draft); !filled) return filled.error();
  draft.attachments = order.attachments;
  for (const auto& name : row.attach) {
    if (!world.attachment) {
      return Error{Code::usage, fmt::format("it attaches {}, and no folder of attachments is given", name)};
    }
    auto content = world.attachment(name);
    if (!content) return content.error();
    draft.attachments.push_back({.name = name.substr(name.rfind('/') + 1), .type = "", .content = *std::move(content)});
  }
  if (auto named = name_inline_images(draft); !named) return named.error();
  draft.extra_headers = order.headers;
  auto is_signed = apply_signature(order.sender, order.signature, world.signatures, draft);
  if (!is_signed) return is_signed.error();
  return prepare_message(request, world.sending);
}

// What is this row's fault alone.
bool is_about_the_row(const Error& error) {
  return error.code == Code::usage || error.code == Code::not_found || error.code == Code::too_large;
}

Result<BulkRow> to_row(const BulkListRow& row, OutboxRow message, SuppressionStore& suppressions) {
  BulkRow made;
  made.key = row.key;
  made.line = static_cast<std::int64_t>(row.line);
  made.recipients = message.recipients;
  made.subject = message.subject;
  auto suppressed = suppressions.find(made.recipients);
  if (!suppressed) return suppressed.error();
  made.suppressed = *std::move(suppressed);
  if (made.suppressed.empty()) made.message = std::move(message);
  return made;
}

bool is_waiting(const OutboxRow& row) {
  return row.state == OutboxState::queued || row.state == OutboxState::scheduled;
}

bool has_ended(const OutboxRow& row) {
  return row.state == OutboxState::sent || row.state == OutboxState::cancelled || row.state == OutboxState::held;
}

bool has_to_wait(const OutboxRow& row, Time now) {
  const bool is_paced = (is_waiting(row) && row.attempts == 0) || row.state == OutboxState::failed;
  return is_paced && row.due && *row.due > now;
}

// Somebody asked in the meantime not to be written to.
Result<OutboxRow> drop_suppressed(OutboxRow row, const BulkWorld& world, const Stop& stop) {
  if (!row.staged.value.empty()) {
    if (auto discarded = world.sending.courier.discard(row.staged, stop); discarded) row.staged = {};
  }
  row.state = OutboxState::cancelled;
  row.changed = world.sending.clock.now();
  if (auto saved = world.sending.outbox.update(row); !saved) return saved.error();
  return row;
}

// True if it was looked at, false if it had ended before. The lease is held for one message at a time, so that others
// can send in between; nobody waits under it.
Result<bool> send_row(BulkRow& row, const BulkWorld& world, const Stop& stop) {
  auto& clock = world.sending.clock;
  while (true) {
    if (!row.message || has_ended(*row.message)) return false;
    if (has_to_wait(*row.message, clock.now()) && !clock.sleep_for(*row.message->due - clock.now(), stop)) {
      return Stop::error();
    }
    if (stop.requested(clock)) return Stop::error();
    auto lease = bulk_lease(row.message->account, world, stop);
    if (!lease) return lease.error();
    auto now = world.sending.outbox.find(row.message->id);
    if (!now) return now.error();
    if (!*now) return false;
    row.message = **std::move(now);
    if (has_ended(*row.message)) return true;              // a flush came first
    if (has_to_wait(*row.message, clock.now())) continue;  // another run has put it off
    auto suppressed = world.suppressions.find(row.message->recipients);
    if (!suppressed) return suppressed.error();
    auto done = !suppressed->empty() && !row.message->dispatched ? drop_suppressed(*row.message, world, stop)
                                                                 : deliver(*row.message, world.sending, stop);
    if (!done) return done.error();
    row.message = *std::move(done);
    return true;
  }
}

template <class Work>
Status each_row(BulkId run, BulkStore& lists, Work&& work) {
  std::vector<BulkRow> page;
  while (true) {
    const BulkRow* behind = page.empty() ? nullptr : &page.back();
    auto next = lists.rows(run, behind, kRowsPerPage);
    if (!next) return next.error();
    if (next->empty()) return {};
    page = *std::move(next);
    for (auto& row : page) {
      auto more = work(row);
      if (!more) return more.error();
      if (!*more) return {};
    }
  }
}

}  // namespace

std::string default_bulk_key(std::string_view csv, const BulkOrder& order) {
  Sha256 hash;
  const auto add = [&](std::string_view text) {
    hash.update(fmt::format("{}:", text.size()));
    hash.update(text);
  };
  add(csv);
  add(order.pattern.content.subject);
  add(order.pattern.content.text.value_or(""));
  add(order.pattern.content.html.value_or(""));
  add(to_lower_ascii(order.sender.from.email));
  return "list-" + hex(hash.finish()).substr(0, 16);
}

Result<milliseconds> parse_rate(std::string_view text) {
  const Error wrong{Code::usage, fmt::format("\"{}\" is no rate", text), "for instance 30/min, 2/s or 500/h"};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return wrong;
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + slash, count);
  if (problem != std::errc() || end != text.data() + slash || count <= 0 || count > 1'000'000) return wrong;
  const auto unit = text.substr(slash + 1);
  const milliseconds span = unit == "s" || unit == "sec"    ? std::chrono::seconds(1)
                            : unit == "min" || unit == "m"  ? std::chrono::minutes(1)
                            : unit == "h" || unit == "hour" ? std::chrono::hours(1)
                            : unit == "d" || unit == "day"  ? std::chrono::hours(24)
                                                            : milliseconds(0);
  if (span == milliseconds(0)) return wrong;
  return (span + milliseconds(count - 1)) / count;  // rather too slow than too fast
}

Result<std::vector<BulkRow>> check_bulk(const std::vector<BulkListRow>& rows, const BulkOrder& order,
                                        const BulkWorld& world) {
  std::vector<BulkRow> checked;
  ListProblems problems;
  for (const auto& row : rows) {
    auto prepared = prepare_row(row, order, world);
    if (!prepared) {
      if (!is_about_the_row(prepared.error())) return prepared.error();
      problems.add(row.line, prepared.error().message);
      continue;
    }
    auto made = to_row(row, std::move(prepared->row), world.suppressions);
    if (!made) return made.error();
    checked.push_back(*std::move(made));
  }
  if (problems.empty()) return checked;
  return problems.error("correct this and run it again: nothing was sent");
}

Result<BulkRun> add_bulk(const std::vector<BulkListRow>& rows, const BulkOrder& order, const BulkWorld& world,
                         const Stop& stop) {
  const Time now = world.sending.clock.now();
  BulkRun wish;
  wish.account = order.sender.account.id;
  wish.key = order.key;
  wish.template_name = order.pattern.name;
  wish.from = order.sender.from.email;
  wish.pause = order.pause;
  wish.created = now;
  auto run = world.lists.begin(wish);
  if (!run) return run;
  std::vector<NewBulkRow> batch;
  std::size_t bytes = 0, place = 0;
  const auto commit = [&]() -> Status {
    if (batch.empty()) return {};
    // No flush may be about to send what is replaced here.
    auto lease = bulk_lease(wish.account, world, stop);
    if (!lease) return lease.error();
    auto added = world.lists.add(run->id, batch);
    batch.clear();
    bytes = 0;
    return added;
  };
  for (const auto& row : rows) {
    if (stop.requested(world.sending.clock)) return Stop::error();
    auto prepared = prepare_row(row, order, world);
    if (!prepared) return prepared.error().within(fmt::format("line {}", row.line));
    if (order.pause > milliseconds(0)) {
      prepared->row.due = now + order.pause * place++;
      prepared->row.state = OutboxState::scheduled;
    }
    bytes += prepared->mime.size();
    auto made = to_row(row, std::move(prepared->row), world.suppressions);
    if (!made) return made.error();
    batch.push_back({*std::move(made), std::move(prepared->mime)});
    if (batch.size() < kRowsPerCommit && bytes < kBytesPerCommit) continue;
    if (auto added = commit(); !added) return added.error();
  }
  if (auto added = commit(); !added) return added.error();
  return run;
}

Status send_bulk(const BulkRun& run, const SendOrder& as, const BulkWorld& world, const BulkSink& told,
                 const Stop& stop) {
  if (auto allowed = may_send(as); !allowed) return allowed;
  if (run.pause > milliseconds(0)) {
    if (auto paced = world.lists.pace(run.id, world.sending.clock.now()); !paced) return paced;
  }
  return each_row(run.id, world.lists, [&](BulkRow& row) -> Result<bool> {
    auto looked_at = send_row(row, world, stop);
    if (!looked_at) return looked_at.error();
    told(row, !*looked_at);
    return !row.message || !is_waiting(*row.message);
  });
}

Status cancel_bulk(const BulkRun& run, const BulkWorld& world, const BulkSink& told, const Stop& stop) {
  return each_row(run.id, world.lists, [&](BulkRow& row) -> Result<bool> {
    const bool can_be = row.message && (is_waiting(*row.message) || row.message->state == OutboxState::failed ||
                                        row.message->state == OutboxState::held);
    if (can_be) {
      auto cancelled = cancel_message(row.message->id, world.sending, stop);
      if (!cancelled && cancelled.error().code != Code::refused) return cancelled.error();
      if (!cancelled) {  // it has just left
        if (auto now = world.sending.outbox.find(row.message->id); now && *now) row.message = **std::move(now);
        told(row, true);
        return true;
      }
      row.message = *std::move(cancelled);
    }
    told(row, !can_be);
    return true;
  });
}

Status make_up_lost_time(AccountId account, BulkStore& lists, Time now) {
  auto runs = lists.runs();
  if (!runs) return runs.error();
  for (const auto& run : *runs) {
    if (run.account != account || run.pause == milliseconds(0)) continue;
    auto totals = lists.totals(run.id);
    if (!totals) return totals.error();
    if (!totals->next_due || *totals->next_due >= now - kLate) continue;
    if (auto paced = lists.pace(run.id, now); !paced) return paced;
  }
  return {};
}

}  // namespace mailmgr
