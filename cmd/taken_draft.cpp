#include "cmd/taken_draft.h"

#include <fmt/format.h>

#include <iostream>

#include "cmd/answer.h"
#include "cmd/ids.h"
#include "cmd/local_draft.h"
#include "cmd/ready_draft.h"
#include "store/store.h"

namespace mailmgr {
namespace {

DraftText text_of(const ParsedMessage& message) {
  DraftText text{message.from, message.to, message.cc, message.bcc, message.reply_to, message.subject, {}, {}};
  text.body = message.body_text;
  return text;
}

// Editors end the last line.
std::string_view without_last_breaks(std::string_view text) {
  return text.substr(0, text.find_last_not_of("\r\n") + 1);
}

bool says_the_same(const std::string& one, const std::string& other) {
  if (without_last_breaks(one) == without_last_breaks(other)) return true;
  const auto a = parse_draft_text(one), b = parse_draft_text(other);
  return a && b && without_last_breaks(to_text(*a)) == without_last_breaks(to_text(*b));
}

}  // namespace

Result<SavedDraft> open_draft(App& app, const std::string& word) {
  if (const auto id = parse_draft_id(word)) return find_local_draft(app, *id);
  auto ids = read_ids({word}, std::cin);
  if (!ids) return ids.error();
  if (ids->size() != 1) return Error{Code::usage, "draft: one at a time", "mailmgr draft list"};
  auto found = stored_original(app, ids->front(), "draft");
  if (!found) return found.error();
  if (!found->row.draft) {
    return Error{Code::refused, fmt::format("draft: message {} is no draft", found->row.id.value),
                 "mailmgr draft list"};
  }
  SavedDraft taken;
  taken.draft.account = found->account.id;
  taken.draft.original = found->row.id;
  taken.draft.remote_id = found->row.remote_id.value;
  taken.latest.content = to_text(text_of(found->original.message));
  return taken;
}

Result<bool> is_unchanged(App& app, const LocalDraft& draft, const std::string& content) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto first = (*mail)->local_drafts().version(draft.id, 1);
  if (!first) return first.error();
  return *first && says_the_same((*first)->content, content);
}

Status check_in_mailbox(App& app, const SavedDraft& taken) {
  auto sending = MailboxSending::open(app, taken.draft);
  if (!sending) return sending.error();
  auto now = sending->unchanged(taken);
  return now ? Status() : Status(with_way_out(now.error(), taken.draft));
}

Error with_way_out(Error error, const LocalDraft& draft) {
  const bool here = draft.id.value != 0 && (error.code == Code::not_found || error.code == Code::refused);
  if (here) error.hint += fmt::format("; mailmgr draft save {} makes a new draft of your text", to_string(draft.id));
  return error;
}

Result<MailboxSending> MailboxSending::open(App& app, const LocalDraft& draft) {
  auto account = account_of_draft(app, draft);
  if (!account) return account.error();
  auto sender = sender_for(app, *account);
  if (!sender) return sender.error();
  return MailboxSending(app, *std::move(account), *std::move(sender));
}

SendOrder MailboxSending::order() const {
  SendOrder order;
  order.account = account_;
  order.access = sender_.connection.grant.access;
  return order;
}

Result<MailboxDraft> MailboxSending::unchanged(const SavedDraft& taken) const {
  auto now = read_mailbox_draft(order(), RemoteId(taken.draft.remote_id), *sender_.connection.mailbox, *sender_.world,
                                app_.stop());
  if (!now) return with_login_hint(now.error(), account_);
  auto read = read_original(now->raw);
  if (!read) return read.error();
  auto same = taken.draft.id.value == 0 ? is_as_stored(taken.draft, read->message)
                                        : is_unchanged(app_, taken.draft, to_text(text_of(read->message)));
  if (!same) return same.error();
  if (*same) return now;
  return Error{Code::refused, "draft: it was changed in the mailbox since it was read", "mailmgr sync"};
}

Result<bool> MailboxSending::is_as_stored(const LocalDraft& draft, const ParsedMessage& now) const {
  auto stored = stored_original(app_, *draft.original, "draft");
  if (!stored) return stored.error();
  return is_same_draft(stored->original.message, now);
}

}  // namespace mailmgr
