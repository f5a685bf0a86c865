#include "store/outbox_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "store/enum_words.h"

namespace mailmgr::store {
namespace {

constexpr std::array kStates{OutboxState::queued, OutboxState::scheduled, OutboxState::sending, OutboxState::sent,
                             OutboxState::failed, OutboxState::unknown,   OutboxState::held,    OutboxState::cancelled};

// In the order of values() and read_row().
constexpr std::string_view kColumns =
    "account, state, key, digest, later, due, attempts, message_id, sender, recipients, subject, thread, staged, "
    "dispatched,"
    " remote_id, sent_thread, error_code, error, held_from, created, changed, marker, bulk";
// What this store only reads; behind those in read_row().
constexpr std::string_view kReadColumns = "id, delivery, undelivered_to, delivery_status, diagnostic";

OutboxState to_state(std::string_view word) {
  for (const auto state : kStates) {
    if (to_string(state) == word) return state;
  }
  return OutboxState::unknown;  // never "queued": what is not understood is not sent again
}

Error no_such_row(OutboxId id) {
  return {Code::not_found, fmt::format("reading outbox message {}: there is none of that number", id.value), ""};
}

std::string select_where(std::string_view condition) {
  return fmt::format("SELECT {}, {} FROM outbox WHERE {}", kColumns, kReadColumns, condition);
}

OutboxRow read_row(const Sql& found) {
  int column = 0;
  const auto text = [&] { return found.text(column++); };
  const auto integer = [&] { return found.integer(column++); };
  const auto time = [&] { return found.time(column++); };
  OutboxRow row;
  row.account = AccountId(integer());
  row.state = to_state(text());
  row.key = text();
  row.digest = text();
  row.later = integer() != 0;
  row.due = found.maybe_time(column++);
  row.attempts = static_cast<int>(integer());
  row.message_id = text();
  row.from = text();
  row.recipients = split_lines(text());
  row.subject = text();
  row.thread = ThreadId(text());
  row.staged = StagedId(text());
  row.dispatched = integer() != 0;
  row.remote_id = RemoteId(text());
  row.sent_thread = ThreadId(text());
  row.error_code = text();
  row.error = text();
  row.held_from = text();
  row.created = time();
  row.changed = time();
  row.marker = text();
  row.bulk = BulkId(integer());
  row.id = OutboxId(integer());
  row.delivery.state = static_cast<DeliveryState>(std::clamp<std::int64_t>(integer(), 0, 2));
  row.delivery.recipient = text();
  row.delivery.status = text();
  row.delivery.diagnostic = text();
  return row;
}

template <class... More>
Sql& bind_row(Sql& sql, const OutboxRow& row, const More&... more) {
  return sql.bind(row.account, to_string(row.state), row.key, row.digest, row.later, row.due, row.attempts,
                  row.message_id, row.from, join_lines(row.recipients), row.subject, row.thread, row.staged,
                  row.dispatched, row.remote_id, row.sent_thread, row.error_code, row.error, row.held_from, row.created,
                  row.changed, row.marker, row.bulk, more...);
}

// Whoever wants to send says so first, which is where a held row stops him.
Error held(const OutboxRow& row) {
  return {Code::refused,
          fmt::format("sending outbox message {} (\"{}\"): it is held, as it comes out of a backup and may have been "
                      "sent already",
                      row.id.value, row.subject),
          "look in the mailbox's Sent folder"};
}

}  // namespace

Result<OutboxStore::Added> SqliteOutboxStore::add(const OutboxRow& row, const Blob& mime) {
  return db_.write("saving the message to be sent", [&]() -> Added {
    if (!row.key.empty()) {
      auto found = db_.sql("SELECT id FROM outbox WHERE account = ? AND key = ? AND key <> ''");
      if (found.bind(row.account, row.key).step()) return {OutboxId(found.integer(0)), false};
    }
    return {insert(row, mime), true};
  });
}

OutboxId SqliteOutboxStore::insert(const OutboxRow& row, const Blob& mime) {
  auto insert = db_.sql_once(fmt::format(
      "INSERT INTO outbox ({}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,nullif(?,0))", kColumns));
  bind_row(insert, row).run();
  const OutboxId id(db_.last_id());
  raw_.write(RawChunks::Table::outbox, id.value, mime);
  return id;
}

void SqliteOutboxStore::replace(const OutboxRow& row, const Blob& mime) {
  raw_.remove(RawChunks::Table::outbox, row.id.value);
  raw_.write(RawChunks::Table::outbox, row.id.value, mime);
  save(row);
}

Status SqliteOutboxStore::update(const OutboxRow& row) {
  return db_.write("saving the outbox", [&] { save(row); });
}

void SqliteOutboxStore::save(const OutboxRow& row) {
  auto update = db_.sql_once(
      fmt::format("UPDATE outbox SET ({}) ="
                  " (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,nullif(?23,0))"
                  " WHERE id = ?24 AND NOT (state = 'held' AND ?2 = 'sending')",
                  kColumns));
  bind_row(update, row, row.id).run();
  if (db_.changed() == 1) return;
  auto found = db_.sql("SELECT 1 FROM outbox WHERE id = ?");
  throw Failure(found.bind(row.id).step() ? held(row) : no_such_row(row.id));
}

Result<std::optional<OutboxRow>> SqliteOutboxStore::find(OutboxId id) {
  return db_.read("reading the outbox", [&] { return get(id); });
}

std::optional<OutboxRow> SqliteOutboxStore::get(OutboxId id) {
  auto found = db_.sql_once(select_where("id = ?"));
  if (!found.bind(id).step()) return std::nullopt;
  auto row = read_row(found);
  return hidden_.contains(row.account) ? std::nullopt : std::optional(std::move(row));
}

Result<std::optional<OutboxRow>> SqliteOutboxStore::find_key(AccountId account, std::string_view key) {
  return db_.read("reading the outbox", [&]() -> std::optional<OutboxRow> {
    auto found = db_.sql_once(select_where("account = ? AND key = ? AND key <> ''"));
    if (key.empty() || !found.bind(account, key).step()) return std::nullopt;
    return read_row(found);
  });
}

Result<std::vector<OutboxRow>> SqliteOutboxStore::rows(const OutboxSelection& selection) {
  return db_.read("reading the outbox", [&] {
    std::vector<OutboxRow> rows;
    auto found =
        db_.sql_once(select_where("(?1 IS NULL OR account = ?1) AND (NOT ?2 OR state NOT IN ('sent', 'cancelled'))"
                                  " AND (?3 IS NULL OR state = 'sending' OR (state IN ('queued', 'scheduled') AND later"
                                  " AND (due IS NULL OR due <= ?3))) ORDER BY id"));
    found.bind(selection.account, selection.unsent, selection.due_by);
    while (found.step()) {
      auto row = read_row(found);
      if (!hidden_.contains(row.account)) rows.push_back(std::move(row));
    }
    return rows;
  });
}

Result<Blob> SqliteOutboxStore::mime(OutboxId id) {
  return db_.read("reading the message to be sent", [&] {
    auto found = db_.sql(
        "SELECT account FROM outbox WHERE id = ?1 AND EXISTS (SELECT 1 FROM outbox_chunk WHERE id = ?1 * 65536)");
    if (!found.bind(id).step() || hidden_.contains(AccountId(found.integer(0)))) throw Failure(no_such_row(id));
    return raw_.read(RawChunks::Table::outbox, id.value);
  });
}

Status SqliteOutboxStore::forget(Time messages, Time rows) {
  return db_.write("clearing the outbox", [&] {
    db_.sql(
           "DELETE FROM outbox_chunk WHERE id / 65536 IN"
           " (SELECT id FROM outbox WHERE state IN ('sent', 'cancelled') AND changed < ?)")
        .bind(messages)
        .run();
    db_.sql("DELETE FROM outbox WHERE state IN ('sent', 'cancelled') AND changed < ?").bind(rows).run();
    // A list goes with the last of its messages.
    for (const char* statement :
         {"DELETE FROM bulk_row WHERE run IN (SELECT id FROM bulk_run WHERE created < ?"
          " AND id NOT IN (SELECT bulk FROM outbox WHERE bulk IS NOT NULL))",
          "DELETE FROM bulk_run WHERE created < ? AND id NOT IN (SELECT bulk FROM outbox WHERE bulk IS NOT NULL)"}) {
      db_.sql(statement).bind(rows).run();
    }
  });
}

}  // namespace mailmgr::store
