#include "store/outbox_store.h"

#include <fmt/format.h>

#include <array>

#include "store/enum_words.h"

namespace mailmgr::store {
namespace {

constexpr std::array kStates{OutboxState::queued, OutboxState::sending, OutboxState::sent,
                             OutboxState::failed, OutboxState::unknown, OutboxState::held};

OutboxState to_state(std::string_view word) {
  for (const auto state : kStates) {
    if (to_string(state) == word) return state;
  }
  return OutboxState::unknown;  // never "queued": what is not understood is not sent again
}

Error no_such_row(OutboxId id) {
  return {Code::not_found, fmt::format("reading outbox message {}: there is none of that number", id.value), ""};
}

// The columns of find() and unsent().
OutboxRow read_row(const Sql& found) {
  OutboxRow row;
  row.id = OutboxId(found.integer(0));
  row.account = AccountId(found.integer(1));
  row.state = to_state(found.text(2));
  row.message_id = found.text(3);
  row.from = found.text(4);
  row.recipients = split_lines(found.text(5));
  row.subject = found.text(6);
  row.thread = ThreadId(found.text(7));
  row.staged = StagedId(found.text(8));
  row.remote_id = RemoteId(found.text(9));
  row.sent_thread = ThreadId(found.text(10));
  row.error_code = found.text(11);
  row.error = found.text(12);
  row.created = found.time(13);
  row.changed = found.time(14);
  row.held_from = found.text(15);
  return row;
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

Result<OutboxId> SqliteOutboxStore::add(const OutboxRow& row, const Blob& mime) {
  return db_.write("saving the message to be sent", [&] {
    db_.sql(
           "INSERT INTO outbox (account, state, message_id, sender, recipients, subject, thread, staged, remote_id,"
           " sent_thread, error_code, error, created, changed, held_from) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
        .bind(row.account, to_string(row.state), row.message_id, row.from, join_lines(row.recipients), row.subject,
              row.thread, row.staged, row.remote_id, row.sent_thread, row.error_code, row.error, row.created,
              row.changed, row.held_from)
        .run();
    const OutboxId id(db_.last_id());
    raw_.write(RawChunks::Table::outbox, id.value, mime);
    return id;
  });
}

Status SqliteOutboxStore::update(const OutboxRow& row) {
  return db_.write("saving the outbox", [&] {
    db_.sql(
           "UPDATE outbox SET account = ?, state = ?, message_id = ?, sender = ?, recipients = ?, subject = ?,"
           " thread = ?, staged = ?, remote_id = ?, sent_thread = ?, error_code = ?, error = ?, created = ?,"
           " changed = ?, held_from = ? WHERE id = ? AND NOT (state = 'held' AND ?2 = 'sending')")
        .bind(row.account, to_string(row.state), row.message_id, row.from, join_lines(row.recipients), row.subject,
              row.thread, row.staged, row.remote_id, row.sent_thread, row.error_code, row.error, row.created,
              row.changed, row.held_from, row.id)
        .run();
    if (db_.changed() == 1) return;
    auto found = db_.sql("SELECT 1 FROM outbox WHERE id = ?");
    throw Failure(found.bind(row.id).step() ? held(row) : no_such_row(row.id));
  });
}

Result<std::optional<OutboxRow>> SqliteOutboxStore::find(OutboxId id) {
  return db_.read("reading the outbox", [&]() -> std::optional<OutboxRow> {
    auto found = db_.sql(
        "SELECT id, account, state, message_id, sender, recipients, subject, thread, staged, remote_id, sent_thread,"
        " error_code, error, created, changed, held_from FROM outbox WHERE id = ?");
    if (!found.bind(id).step()) return std::nullopt;
    return read_row(found);
  });
}

Result<std::vector<OutboxRow>> SqliteOutboxStore::unsent(AccountId account) {
  return db_.read("reading the outbox", [&] {
    std::vector<OutboxRow> rows;
    auto found = db_.sql(
        "SELECT id, account, state, message_id, sender, recipients, subject, thread, staged, remote_id, sent_thread,"
        " error_code, error, created, changed, held_from FROM outbox WHERE account = ? AND state <> 'sent'"
        " ORDER BY id");
    found.bind(account);
    while (found.step()) rows.push_back(read_row(found));
    return rows;
  });
}

Result<Blob> SqliteOutboxStore::mime(OutboxId id) {
  return db_.read("reading the message to be sent", [&] {
    auto found = db_.sql("SELECT 1 FROM outbox WHERE id = ?");
    if (!found.bind(id).step()) throw Failure(no_such_row(id));
    return raw_.read(RawChunks::Table::outbox, id.value);
  });
}

}  // namespace mailmgr::store
