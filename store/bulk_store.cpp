#include "store/bulk_store.h"

#include <string_view>

#include "store/enum_words.h"
#include "store/suppression.h"

namespace mailmgr::store {
namespace {

BulkRun read_run(const Sql& row) {
  BulkRun run;
  run.id = BulkId(row.integer(0));
  run.account = AccountId(row.integer(1));
  run.key = row.text(2);
  run.template_name = row.text(3);
  run.from = row.text(4);
  run.pause = milliseconds(row.integer(5));
  run.created = row.time(6);
  return run;
}

// Certainly nothing of it has left, nor is on its way.
bool has_not_left(const OutboxRow& row) {
  const bool rests =
      row.state == OutboxState::queued || row.state == OutboxState::scheduled || row.state == OutboxState::failed;
  return rests && row.staged.value.empty() && !row.dispatched;
}

}  // namespace

Result<BulkRun> SqliteBulkStore::begin(const BulkRun& run) {
  return db_.write("saving the list", [&] {
    db_.sql(
           "INSERT INTO bulk_run (account, key, template, sender, pause, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
           " ON CONFLICT DO UPDATE SET template = ?3, sender = ?4, pause = ?5")
        .bind(run.account, run.key, run.template_name, run.from, run.pause.count(), run.created)
        .run();
    auto found = db_.sql(
        "SELECT id, account, key, template, sender, pause, created FROM bulk_run WHERE account = ? AND key = ?");
    found.bind(run.account, run.key).step();
    return read_run(found);
  });
}

Result<std::vector<BulkRun>> SqliteBulkStore::runs() {
  return db_.read("reading the lists", [&] {
    std::vector<BulkRun> runs;
    auto found = db_.sql("SELECT id, account, key, template, sender, pause, created FROM bulk_run ORDER BY id");
    while (found.step()) runs.push_back(read_run(found));
    return runs;
  });
}

Result<BulkTotals> SqliteBulkStore::totals(BulkId run) {
  return db_.read("counting the rows of a list", [&] {
    BulkTotals totals;
    auto count = db_.sql(
        "SELECT CASE WHEN b.outbox IS NULL THEN '' ELSE ifnull(o.state, 'sent') END, count(*), sum(o.delivery = 2),"
        " sum(o.delivery = 1), min(o.due) FROM bulk_row b LEFT JOIN outbox o ON o.id = b.outbox WHERE b.run = ?"
        " GROUP BY 1");
    count.bind(run);
    while (count.step()) {
      const auto state = count.text(0);
      const auto rows = count.integer(1);
      totals.rows += rows;
      totals.bounced += count.integer(2);
      totals.delayed += count.integer(3);
      auto& kind = state.empty()          ? totals.suppressed
                   : state == "sent"      ? totals.sent
                   : state == "failed"    ? totals.failed
                   : state == "unknown"   ? totals.unknown
                   : state == "held"      ? totals.held
                   : state == "cancelled" ? totals.cancelled
                                          : totals.waiting;
      kind += rows;
      if (state != "queued" && state != "scheduled") continue;
      const auto due = count.maybe_time(4);
      if (due && (!totals.next_due || *due < *totals.next_due)) totals.next_due = due;
    }
    return totals;
  });
}

Status SqliteBulkStore::add(BulkId run, std::span<const NewBulkRow> rows) {
  return db_.write("saving the rows of a list", [&] {
    for (const auto& row : rows) add_one(run, row);
  });
}

void SqliteBulkStore::add_one(BulkId run, const NewBulkRow& added) {
  const auto& row = added.row;
  auto known = db_.sql("SELECT outbox FROM bulk_row WHERE run = ? AND key = ?");
  const bool is_known = known.bind(run, row.key).step();
  if (is_known && !known.is_null(0)) {
    const auto before = outbox_.get(OutboxId(known.integer(0)));
    if (!before || !row.message || before->digest == row.message->digest || !has_not_left(*before)) return;
    OutboxRow message = *row.message;
    message.id = before->id;
    message.bulk = run;
    message.due = before->due;
    message.created = before->created;
    outbox_.replace(message, added.mime);
  }
  std::optional<OutboxId> message;
  if (is_known && !known.is_null(0)) {
    message = OutboxId(known.integer(0));
  } else if (row.message) {
    OutboxRow fresh = *row.message;
    fresh.bulk = run;
    message = outbox_.insert(fresh, added.mime);
  }
  db_.sql(
         "INSERT INTO bulk_row (run, key, line, recipients, subject, outbox, suppressed)"
         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET line = ?3, recipients = ?4, subject = ?5,"
         " outbox = ?6, suppressed = ?7")
      .bind(run, row.key, row.line, join_lines(row.recipients), row.subject, message, row.suppressed)
      .run();
}

Result<std::vector<BulkRow>> SqliteBulkStore::rows(BulkId run, const BulkRow* behind, std::size_t limit) {
  return db_.read("reading the rows of a list", [&] {
    std::vector<BulkRow> rows;
    auto found = db_.sql(
        "SELECT key, line, recipients, subject, outbox, suppressed FROM bulk_row WHERE run = ?"
        " AND (line, key) > (?, ?) ORDER BY line, key LIMIT ?");
    found.bind(run, behind ? behind->line : -1, behind ? behind->key : std::string(), limit);
    while (found.step()) {
      BulkRow row;
      row.key = found.text(0);
      row.line = found.integer(1);
      row.recipients = split_lines(found.text(2));
      row.subject = found.text(3);
      if (!found.is_null(4)) row.message = outbox_.get(OutboxId(found.integer(4)));
      row.suppressed = found.text(5);
      rows.push_back(std::move(row));
    }
    return rows;
  });
}

Status SqliteBulkStore::pace(BulkId run, Time start) {
  return db_.write("pacing a list", [&] {
    db_.sql(
           "UPDATE outbox SET due = ?2 + place.n * (SELECT pause FROM bulk_run WHERE id = ?1),"
           " state = CASE WHEN state = 'failed' THEN state"
           " WHEN place.n * (SELECT pause FROM bulk_run WHERE id = ?1) > 0 THEN 'scheduled' ELSE 'queued' END"
           " FROM (SELECT o.id AS id, row_number() OVER (ORDER BY b.line, b.key) - 1 AS n FROM bulk_row b"
           "       JOIN outbox o ON o.id = b.outbox WHERE b.run = ?1 AND o.state IN ('queued', 'scheduled', 'failed')) "
           "AS place"
           " WHERE outbox.id = place.id")
        .bind(run, start)
        .run();
  });
}

Status SqliteSuppressionStore::add(const Suppression& suppression) {
  return db_.write("saving whom not to write to", [&] { suppress(db_, suppression); });
}

Result<bool> SqliteSuppressionStore::remove(std::string_view address) {
  return db_.write("forgetting whom not to write to", [&] {
    db_.sql("DELETE FROM suppression WHERE address = ?").bind(address).run();
    return db_.changed() > 0;
  });
}

Result<std::vector<Suppression>> SqliteSuppressionStore::list() {
  return db_.read("listing whom not to write to", [&] {
    std::vector<Suppression> all;
    auto row = db_.sql("SELECT address, reason, added FROM suppression ORDER BY address");
    while (row.step()) all.push_back({row.text(0), row.text(1), row.time(2)});
    return all;
  });
}

Result<std::string> SqliteSuppressionStore::find(std::span<const std::string> addresses) {
  return db_.read("looking whom not to write to", [&] {
    for (const auto& address : addresses) {
      auto found = db_.sql("SELECT 1 FROM suppression WHERE address = ?");
      if (found.bind(address).step()) return address;
    }
    return std::string();
  });
}

}  // namespace mailmgr::store
