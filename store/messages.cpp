#include "store/messages.h"

#include <algorithm>
#include <unordered_map>

#include "store/annotations.h"
#include "store/delivery_reports.h"

namespace mailmgr::store {

std::int64_t storable_millis(Time time) {
  constexpr std::int64_t kYear10000 = 253'402'300'800'000;
  return std::clamp<std::int64_t>(to_unix_millis(time), 0, kYear10000 - 1);
}

std::optional<MessageState> Messages::find(AccountId account, const RemoteId& id) {
  auto row =
      db_.sql("SELECT id, stored, received, flags, marks_known FROM message WHERE account = ? AND remote_id = ?");
  if (!row.bind(account, id).step()) return std::nullopt;
  MessageState state;
  state.id = row.integer(0);
  state.stored = row.integer(1);
  if (!row.is_null(2)) state.received = row.integer(2);
  state.marks.flags = row.integer(3);
  state.marks.known = row.boolean(4);
  state.marks.folders = marks_.folders_of(state.id);
  return state;
}

MessageState Messages::create(AccountId account, const RemoteId& id, const ThreadId& thread,
                              std::optional<Time> received) {
  MessageState state;
  if (received) state.received = storable_millis(*received);
  db_.sql("INSERT INTO message (account, remote_id, thread, received) VALUES (?, ?, ?, ?)")
      .bind(account, id, thread, state.received)
      .run();
  state.id = db_.last_id();
  return state;
}

bool Messages::apply(MessageState& state, const MarksPatch& patch, FolderTable& folders) {
  Marks after = state.marks;
  after.apply(patch, folders);
  marks_.save(state.id, state.marks, state.listed_at(), after, state.listed_at());
  if (after.flags != state.marks.flags || after.known != state.marks.known) {
    db_.sql("UPDATE message SET flags = ?, marks_known = ? WHERE id = ?")
        .bind(after.flags, after.known, state.id)
        .run();
  }
  const bool changed = after.flags != state.marks.flags || after.folders != state.marks.folders;
  if (changed && state.stored > 0) tell(state.id, ChangeEvent::changed);
  state.marks = std::move(after);
  return changed;
}

bool Messages::replace_marks(std::int64_t id, Marks marks) {
  auto row = db_.sql("SELECT received, flags, marks_known FROM message WHERE id = ? AND stored > 0");
  if (!row.bind(id).step()) return false;
  const Marks before{row.integer(1), marks_.folders_of(id), row.boolean(2)};
  marks.flags |= before.flags & kHasAttachments;
  if (marks == before) return false;
  marks_.save(id, before, row.integer(0), marks, row.integer(0));
  db_.sql("UPDATE message SET flags = ?, marks_known = ? WHERE id = ?").bind(marks.flags, marks.known, id).run();
  const bool changed = marks.flags != before.flags || marks.folders != before.folders;
  if (changed) tell(id, ChangeEvent::changed);
  return changed;
}

void Messages::store(AccountId account, std::span<const NewMessage> messages, Time now) {
  db_.sql("UPDATE counter SET value = value + 1 WHERE name = 'stored'").run();
  auto counter = db_.sql("SELECT value FROM counter WHERE name = 'stored'");
  counter.step();
  const auto number = counter.integer(0);

  // Of a message that comes twice the last one counts.
  std::unordered_map<std::string_view, std::size_t> last;
  for (std::size_t i = 0; i < messages.size(); ++i) last[messages[i].id.value] = i;
  people_.begin();
  FolderTable folders(db_, account);
  std::vector<SearchIndex::Entry> entries;
  std::size_t added = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (last[messages[i].id.value] != i) continue;
    entries.push_back(store_one(account, messages[i], number, now, folders, added));
  }
  db_.sql(
         "INSERT INTO sync_account (account, messages) VALUES (?1, ?2)"
         " ON CONFLICT DO UPDATE SET messages = messages + ?2")
      .bind(account, added)
      .run();
  if (any_annotation_waits(db_, account)) {
    for (const auto& entry : entries) attach_annotation(db_, entry.message);
  }
  index_.add(std::move(entries));
}

SearchIndex::Entry Messages::store_one(AccountId account, const NewMessage& message, std::int64_t number, Time now,
                                       FolderTable& folders, std::size_t& added) {
  auto found = find(account, message.id);
  if (found && found->stored > 0) {
    forget_content(found->id);
  } else {
    ++added;
  }
  const MessageState before = found ? *found : create(account, message.id, message.thread, message.received);

  MessageState after = before;
  after.stored = number;
  if (message.received) after.received = storable_millis(*message.received);
  if (!after.received) after.received = storable_millis(std::min(message.parsed.date.value_or(now), now));
  after.marks.apply(message.marks, folders);
  {
    auto wanted = db_.sql("SELECT id FROM wanted WHERE account = ? AND remote_id = ?");
    if (wanted.bind(account, message.id).step()) {
      for (const auto& patch : marks_.pending(wanted.integer(0))) after.marks.apply(patch, folders);
    }
  }
  const bool attached = std::any_of(message.parsed.attachments.begin(), message.parsed.attachments.end(),
                                    [](const Attachment& a) { return !a.is_inline; });
  after.marks.flags = attached ? after.marks.flags | kHasAttachments : after.marks.flags & ~kHasAttachments;

  const auto people = people_.intern(message.parsed);
  people_.link(after.id, *after.received, people);
  std::string sha256;
  if (message.packed) {
    raw_.write(after.id, *message.packed);
    sha256 = message.packed->sha256;
  } else {
    sha256 = raw_.write(RawChunks::Table::messages, after.id, message.raw);
  }
  const auto encoded = encode_people(people);
  const auto& parsed = message.parsed;
  db_.sql(
         "UPDATE message SET thread = iif(?2 = '', thread, ?2), received = ?3, stored = ?4, size = ?5, date = ?6,"
         " message_id = ?7, subject = ?8, snippet = ?9, damage = ?10, sha256 = ?11, people = ?12, flags = ?13,"
         " marks_known = ?14, position = NULL WHERE id = ?1")
      .bind(after.id, message.thread, after.received, after.stored,
            message.packed ? message.packed->size : message.raw.size(), parsed.date, BorrowedText{parsed.message_id},
            BorrowedText{parsed.subject}, BorrowedText{parsed.snippet}, BorrowedText{parsed.damage}, Bytes{sha256},
            Bytes{encoded}, after.marks.flags, after.marks.known)
      .run();
  marks_.save(after.id, before.marks, before.listed_at(), after.marks, *after.received);

  db_.sql("DELETE FROM pending WHERE wanted IN (SELECT id FROM wanted WHERE account = ? AND remote_id = ?)")
      .bind(account, message.id)
      .run();
  db_.sql("DELETE FROM wanted WHERE account = ? AND remote_id = ?").bind(account, message.id).run();
  if (message.marks.folder) db_.sql("DELETE FROM departed WHERE message = ?").bind(after.id).run();
  const bool known = before.stored > 0;
  tell(after.id, known                                            ? ChangeEvent::changed
                 : was_sent_from_here(account, message, after.id) ? ChangeEvent::sent
                                                                  : ChangeEvent::arrived);
  if (parsed.report && note_delivery(db_, account, *parsed.report, now)) tell(after.id, ChangeEvent::bounced);
  return {after.id, *after.received, &message.parsed};
}

void Messages::tell(std::int64_t id, ChangeEvent event) {
  db_.sql(
         "INSERT INTO change (account, message, event, run)"
         " SELECT account, id, ?2, (SELECT ifnull(max(id), 0) FROM run) FROM message WHERE id = ?1")
      .bind(id, static_cast<int>(event))
      .run();
}

// Gmail gives what it sends another Message-ID, but tells the id of the message in Sent; Outlook keeps the Message-ID.
bool Messages::was_sent_from_here(AccountId account, const NewMessage& message, std::int64_t id) {
  auto sent = db_.sql(
      "SELECT 1 FROM outbox WHERE account = ?1 AND remote_id = ?2 AND state IN ('sent', 'sending') UNION ALL"
      " SELECT 1 FROM outbox WHERE account = ?1 AND message_id = ?3 AND state IN ('sent', 'sending') AND EXISTS"
      " (SELECT 1 FROM membership b JOIN folder f ON f.id = b.folder WHERE b.message = ?4 AND f.role = ?5) LIMIT 1");
  sent.bind(account, message.id, BorrowedText{message.parsed.message_id}, id, static_cast<int>(Role::sent));
  return sent.step();
}

void Messages::forget_content(std::int64_t id) {
  raw_.remove(RawChunks::Table::messages, id);
  auto row = db_.sql("SELECT people FROM message WHERE id = ?");
  if (row.bind(id).step()) people_.unlink(id, decode_people(row.bytes(0)));
}

void Messages::remove(const MessageState& message) {
  if (message.stored > 0) {
    tell(message.id, ChangeEvent::deleted);
    detach_annotation(db_, message.id);
    forget_content(message.id);
    db_.sql(
           "UPDATE sync_account SET messages = messages - 1 WHERE account = (SELECT account FROM message WHERE id = ?)")
        .bind(message.id)
        .run();
  }
  marks_.remove(message.id);
  for (const char* statement :
       {"DELETE FROM pending WHERE wanted IN (SELECT w.id FROM wanted w JOIN message m USING (account, remote_id)"
        " WHERE m.id = ?)",
        "DELETE FROM wanted WHERE (account, remote_id) IN (SELECT account, remote_id FROM message WHERE id = ?)",
        "DELETE FROM departed WHERE message = ?", "DELETE FROM message WHERE id = ?"}) {
    db_.sql(statement).bind(message.id).run();
  }
}

}  // namespace mailmgr::store
