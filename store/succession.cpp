#include "store/succession.h"

namespace mailmgr::store {

bool Succession::waits(const MessageState& gone) {
  if (gone.stored == 0 || (gone.marks.flags & kDraft) == 0) return false;
  db_.sql(
         "INSERT INTO departed (message, account, gone) SELECT id, account, 1 FROM message WHERE id = ?"
         " ON CONFLICT DO UPDATE SET gone = 1")
      .bind(gone.id)
      .run();
  return true;
}

void Succession::adopt(AccountId account, std::span<const NewMessage> messages) {
  if (!db_.sql("SELECT 1 FROM departed WHERE account = ? AND gone LIMIT 1").bind(account).step()) return;
  for (const auto& message : messages) {
    const auto known = messages_.find(account, message.id);
    if (known && known->stored > 0) continue;
    if (const auto draft = predecessor(account, message, known)) take_over(account, *draft, message.id, known);
  }
}

// By the Message-ID, which sending keeps; or, since programs may write a new one with every save, a draft by its
// thread, in which there is seldom another.
std::optional<MessageState> Succession::predecessor(AccountId account, const NewMessage& message,
                                                    const std::optional<MessageState>& known) {
  const bool is_draft = message.marks.draft.value_or(known && (known->marks.flags & kDraft) != 0);
  auto row = db_.sql(
      "SELECT m.remote_id FROM departed d JOIN message m ON m.id = d.message"
      " WHERE d.account = ?1 AND d.gone AND ((?2 <> '' AND m.message_id = ?2) OR (?3 AND m.thread <> '' AND m.thread ="
      " ifnull(nullif(?4, ''), (SELECT thread FROM message WHERE id = ?5))))"
      " ORDER BY m.message_id = ?2 DESC, m.id DESC LIMIT 1");
  row.bind(account, message.parsed.message_id, is_draft, message.thread,
           known ? std::optional(known->id) : std::nullopt);
  return row.step() ? messages_.find(account, RemoteId(row.text(0))) : std::nullopt;
}

// What was known of the message before its content came moves to the draft's row.
void Succession::take_over(AccountId account, const MessageState& draft, const RemoteId& id,
                           const std::optional<MessageState>& known) {
  {
    auto old_id = db_.sql("SELECT remote_id FROM message WHERE id = ?");
    old_id.bind(draft.id).step();
    queue_.remove(account, RemoteId(old_id.text(0)));
  }
  MessageState after = draft;
  after.marks = known ? known->marks : Marks();
  if (known) {
    if (known->received) after.received = known->received;
    db_.sql("UPDATE message SET thread = (SELECT thread FROM message WHERE id = ?2) WHERE id = ?1")
        .bind(draft.id, known->id)
        .run();
    db_.sql("UPDATE OR IGNORE seen SET message = ? WHERE message = ?").bind(draft.id, known->id).run();
    db_.sql("UPDATE OR IGNORE staged SET message = ? WHERE message = ?").bind(draft.id, known->id).run();
    messages_.marks().remove(known->id);
    db_.sql("DELETE FROM departed WHERE message = ?").bind(known->id).run();
    db_.sql("DELETE FROM message WHERE id = ?").bind(known->id).run();
  }
  db_.sql("UPDATE message SET remote_id = ?, received = ?, flags = ?, marks_known = ? WHERE id = ?")
      .bind(id, after.received, after.marks.flags, after.marks.known, draft.id)
      .run();
  messages_.marks().save(draft.id, draft.marks, draft.listed_at(), after.marks, after.listed_at());
  db_.sql("DELETE FROM departed WHERE message = ?").bind(draft.id).run();
}

std::uint64_t Succession::give_up(AccountId account) {
  const auto drafts = waiting(account);
  for (const auto& draft : drafts) messages_.remove(draft);
  return drafts.size();
}

std::vector<MessageState> Succession::waiting(AccountId account) {
  std::vector<MessageState> result;
  auto row = db_.sql(
      "SELECT m.id, m.stored FROM departed d JOIN message m ON m.id = d.message WHERE d.account = ? AND d.gone");
  row.bind(account);
  while (row.step()) result.push_back({row.integer(0), row.integer(1), {}, {}});
  return result;
}

}  // namespace mailmgr::store
