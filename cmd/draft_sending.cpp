#include "cmd/draft_sending.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>

#include "cmd/answer.h"
#include "cmd/identities.h"
#include "cmd/ids.h"
#include "cmd/local_draft.h"
#include "cmd/read_input.h"
#include "cmd/sending.h"
#include "core/base/encoding.h"
#include "core/base/sha256.h"
#include "core/flow/mailbox_draft.h"
#include "core/mail/subject.h"
#include "store/store.h"

namespace mailmgr {
namespace {

Status attach_files(const std::vector<std::string>& paths, Draft& draft) {
  for (const auto& path : paths) {
    auto content = read_input(path, "reading the draft: Attach");
    if (!content) return content.error();
    draft.attachments.push_back({std::filesystem::path(path).filename().string(), "", *std::move(content)});
  }
  return {};
}

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

Result<AccountRecord> account_of(App& app, const LocalDraft& draft) {
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  for (const auto& account : *accounts) {
    if (draft.account == account.id) return account;
  }
  return Error{Code::not_found, "draft: its account is not here any more", "mailmgr account list"};
}

struct ReadyDraft {
  AccountRecord account;
  Draft draft;
  ThreadId thread;
};

// What an answer has besides its text. Its original need not be in the store any more; but a thread that is gone with
// its last message takes no answer (Gmail: 404).
Status tie(App& app, const DraftText& text, bool same_account, ReadyDraft& ready) {
  ready.draft.in_reply_to = text.tie.in_reply_to;
  ready.draft.references = text.tie.references;
  const bool same_subject = reply_subject(text.subject) == reply_subject(text.tie.topic);
  if (!same_account || !same_subject || text.tie.thread.empty()) return {};
  auto mail = app.mail();
  if (!mail) return mail.error();
  const ThreadId thread(text.tie.thread);
  auto left = (*mail)->reader().thread(ready.account.id, thread);
  if (!left) return left.error();
  if (!left->empty()) ready.thread = thread;
  return {};
}

// A forward's original, or what belongs to a draft of the mailbox besides its text: attachments, and its thread.
Status add_original(App& app, const LocalDraft& draft, const DraftText& text, bool same_account, ReadyDraft& ready) {
  auto original = stored_original(app, *draft.original, "draft");
  if (!original) return original.error();
  if (draft.kind == LocalDraftKind::forward) {
    auto forward = make_forward(original->original, {ready.draft.from, {}, {text.body, std::nullopt}});
    if (!forward) return forward.error();
    ready.draft = *std::move(forward);
    return {};
  }
  ready.draft.in_reply_to = original->original.message.in_reply_to;
  ready.draft.references = original->original.message.references;
  if (same_account) ready.thread = original->row.thread;
  auto attachments = attachments_of(original->original);
  if (!attachments) return attachments.error();
  ready.draft.attachments = *std::move(attachments);
  return {};
}

// The complete message: its sender as chosen, its files read, and for an answer what ties it to the original.
Result<ReadyDraft> ready_draft(App& app, const LocalDraft& draft, const DraftText& text) {
  std::optional<AccountRecord> account;
  if (draft.account) {
    auto found = account_of(app, draft);
    if (!found) return found.error();
    account = *std::move(found);
  }
  auto sender = chosen_sender(app, text.from.empty() ? std::string() : to_string(text.from.front()), account);
  if (!sender) return sender.error();
  ReadyDraft ready;
  ready.account = sender->account;
  ready.draft.from = sender->from;
  ready.draft.text = text.body;
  ready.draft.flowed = true;
  const bool same_account = draft.account == sender->account.id;
  if (draft.kind == LocalDraftKind::reply) {
    if (auto tied = tie(app, text, same_account, ready); !tied) return tied.error();
  } else if (draft.original) {
    if (auto added = add_original(app, draft, text, same_account, ready); !added) return added.error();
  }
  ready.draft.to = text.to;
  ready.draft.cc = text.cc;
  ready.draft.bcc = text.bcc;
  ready.draft.reply_to = text.reply_to;
  ready.draft.subject = text.subject;
  set_sender(*sender, ready.draft);
  ready.draft.extra_headers.insert(ready.draft.extra_headers.end(), text.headers.begin(), text.headers.end());
  if (auto attached = attach_files(text.attach, ready.draft); !attached) return attached.error();
  return ready;
}

// One that the mailbox has goes by that alone, whatever is edited here: it can be sent once.
std::string key_of(const LocalDraft& draft) {
  return "draft " + draft.remote_id;
}

std::string key_of(const LocalDraft& draft, const DraftText& text) {
  Sha256 hash;
  hash.update(to_text(text));
  return fmt::format("draft {} {}", to_string(draft.id), hex(hash.finish()));
}

bool may_have_left(const OutboxRow& row) {
  return row.state != OutboxState::failed && row.state != OutboxState::cancelled;
}

// Its own key, unless an order gives one; a draft that failed may have been changed since, which is another message.
Status settle_key(OutboxRow& row, bool is_own, OutboxStore& outbox) {
  if (!is_own) return {};
  auto before = outbox.find_key(row.account, row.key);
  if (!before) return before.error();
  if (*before && !may_have_left(**before) && (*before)->digest != row.digest) {
    row.key += " " + row.digest.substr(0, 16);
  }
  return {};
}

// What is left to do once it is sent or saved fails beside the point: done again for that, it would be sent again.
void tidy_up(App& app, const Status& done, std::string_view what) {
  if (!done) app.warn(fmt::format("{}: {}", what, done.error().message));
}

// A draft's way out, with the mailbox it is in.
class MailboxSending {
 public:
  static Result<MailboxSending> open(App& app, const LocalDraft& draft) {
    auto account = account_of(app, draft);
    if (!account) return account.error();
    auto sender = sender_for(app, *account);
    if (!sender) return sender.error();
    return MailboxSending(app, *std::move(account), *std::move(sender));
  }

  const AccountRecord& account() const { return account_; }
  const Sender& sender() const { return sender_; }

  SendOrder order() const {
    SendOrder order;
    order.account = account_;
    order.access = sender_.connection.grant.access;
    return order;
  }

  // As it is there now, if that is what was taken from there.
  Result<MailboxDraft> unchanged(const SavedDraft& taken) const {
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

 private:
  MailboxSending(App& app, AccountRecord account, Sender sender)
      : app_(app), account_(std::move(account)), sender_(std::move(sender)) {}

  Result<bool> is_as_stored(const LocalDraft& draft, const ParsedMessage& now) const {
    auto stored = stored_original(app_, *draft.original, "draft");
    if (!stored) return stored.error();
    return is_same_draft(stored->original.message, now);
  }

  App& app_;
  AccountRecord account_;
  Sender sender_;
};

// Where the mailbox's own draft can no longer be gone by, the text that is here can still be saved.
Error with_way_out(Error error, const LocalDraft& draft) {
  const bool here = draft.id.value != 0 && (error.code == Code::not_found || error.code == Code::refused);
  if (here) error.hint += fmt::format("; mailmgr draft save {} makes a new draft of your text", to_string(draft.id));
  return error;
}

// Whether the person has changed it here.
Result<bool> is_edited(App& app, const SavedDraft& saved) {
  if (saved.draft.id.value == 0 || saved.latest.version == 1) return false;
  auto unchanged = is_unchanged(app, saved.draft, saved.latest.content);
  return unchanged ? Result<bool>(!*unchanged) : unchanged.error();
}

// By its own id, with all that is in it.
Status send_as_it_is(App& app, const MailboxSending& sending, const MailboxDraft& now, SendOrder order, bool own_key,
                     const DispatchOptions& dispatch) {
  const auto& sender = sending.sender();
  auto prepared = prepare_mailbox_draft(order, now, *sender.world);
  if (!prepared) return prepared.error();
  if (auto settled = settle_key(prepared->row, own_key, sender.world->outbox); !settled) return settled;
  return dispatch.finish(app, sending.account(), *prepared, sender);
}

// Its text as it was changed here, from whichever account that names.
Status send_edited(App& app, const SavedDraft& saved, const std::string& key, const DispatchOptions& dispatch) {
  auto text = parse_draft_text(saved.latest.content);
  if (!text) return text.error();
  auto ready = ready_draft(app, saved.draft, *text);
  if (!ready) return ready.error();
  auto sender = sender_for(app, ready->account);
  if (!sender) return sender.error();
  SendRequest request;
  if (auto ordered = dispatch.order(app, ready->account, *sender, request); !ordered) return ordered;
  const bool own_key = request.key.empty();
  if (own_key) request.key = key;
  request.draft = std::move(ready->draft);
  request.thread = ready->thread;
  auto prepared = prepare_message(request, *sender->world);
  if (!prepared) return prepared.error();
  if (auto settled = settle_key(prepared->row, own_key, sender->world->outbox); !settled) return settled;
  if (auto sent = dispatch.finish(app, ready->account, *prepared, *sender); !sent || !dispatch.sends()) return sent;
  tidy_up(app, remove_from_mailbox(app, saved.draft), "draft: it is sent, and still in the mailbox");
  return {};
}

// Whether a row under a key of the person's own is this draft's, as far as can be told without its mailbox, where it is
// gone once it was sent.
bool is_row_of(App& app, const OutboxRow& row, const LocalDraft& draft) {
  if (!draft.original) return false;
  auto stored = stored_original(app, *draft.original, "draft");
  return stored && !row.message_id.empty() && stored->original.message.message_id == row.message_id;
}

Status send_taken_draft(App& app, const SavedDraft& saved, const DispatchOptions& dispatch) {
  const auto& draft = saved.draft;
  auto sending = MailboxSending::open(app, draft);
  if (!sending) return sending.error();
  const auto& sender = sending->sender();
  SendOrder order;
  if (auto ordered = dispatch.order(app, sending->account(), sender, order); !ordered) return ordered;
  const bool own_key = order.key.empty();
  if (own_key) order.key = key_of(draft);
  auto before = sender.world->outbox.find_key(sending->account().id, order.key);
  if (!before) return before.error();
  Status done;
  const bool is_ours = *before && (own_key || is_row_of(app, **before, draft));
  if (is_ours && may_have_left(**before)) {  // by an earlier command, which may have been cut short
    done = dispatch.finish(app, sending->account(), {**before, Blob()}, sender);
  } else {
    auto now = sending->unchanged(saved);
    if (!now) return with_way_out(now.error(), draft);
    auto edited = is_edited(app, saved);
    if (!edited) return edited.error();
    done = *edited ? send_edited(app, saved, key_of(draft), dispatch)
                   : send_as_it_is(app, *sending, *now, order, own_key, dispatch);
  }
  if (!done || !dispatch.sends()) return done;
  tidy_up(app, remove_from_store(app, draft), "draft: it is sent, and still listed");
  return {};
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

Status send_local_draft(App& app, const LocalDraft& draft, const DraftText& text, const DispatchOptions& dispatch) {
  auto ready = ready_draft(app, draft, text);
  if (!ready) return ready.error();
  auto sent = dispatch.dispatch(app, ready->account, std::move(ready->draft), ready->thread, key_of(draft, text));
  if (!sent) return sent;
  if (dispatch.sends() || dispatch.makes_draft()) {
    tidy_up(app, remove_from_store(app, draft), "draft: this is done, and it is still listed");
  }
  return {};
}

Status send_draft(App& app, const SavedDraft& saved, const DispatchOptions& dispatch) {
  if (!saved.draft.remote_id.empty()) return send_taken_draft(app, saved, dispatch);
  auto text = parse_draft_text(saved.latest.content);
  if (!text) return text.error();
  return send_local_draft(app, saved.draft, *text, dispatch);
}

namespace {

// The draft that is saved anew: none where the mailbox has it no more, or has been given another text for it, which
// stays beside this one.
Result<StagedId> draft_to_replace(App& app, const LocalDraft& draft) {
  if (draft.remote_id.empty()) return StagedId();
  auto sending = MailboxSending::open(app, draft);
  if (!sending) return sending.error();
  auto now = sending->unchanged({draft, {}});
  if (now) return now->id;
  if (now.error().code == Code::refused) app.warn(now.error().message + "; that one stays beside yours");
  const bool is_fine = now.error().code == Code::refused || now.error().code == Code::not_found;
  return is_fine ? Result<StagedId>(StagedId()) : now.error();
}

}  // namespace

Status save_to_mailbox(App& app, const LocalDraft& draft, const DraftText& text) {
  auto ready = ready_draft(app, draft, text);
  if (!ready) return ready.error();
  auto sender = sender_for(app, ready->account);
  if (!sender) return sender.error();
  auto earlier = draft_to_replace(app, draft);
  if (!earlier) return earlier.error();
  SendRequest request;
  request.account = ready->account;
  request.access = sender->connection.grant.access;
  request.thread = ready->thread;
  request.draft = std::move(ready->draft);
  const bool moves = draft.account != request.account.id;  // to another account's mailbox
  if (auto put = put_into_mailbox(app, request, moves ? StagedId() : *earlier, *sender); !put) return put;
  if (moves) tidy_up(app, remove_from_mailbox(app, draft), "draft: it is saved, and still in the other mailbox");
  tidy_up(app, remove_from_store(app, draft), "draft: it is saved, and still listed here");
  return {};
}

Status remove_from_mailbox(App& app, const LocalDraft& draft) {
  if (draft.remote_id.empty()) return {};
  auto sending = MailboxSending::open(app, draft);
  if (!sending) return sending.error();
  const auto& world = *sending->sender().world;
  auto found = find_mailbox_draft(sending->order(), RemoteId(draft.remote_id), world, app.stop());
  if (!found && found.error().code == Code::not_found) return {};
  if (!found) return with_login_hint(found.error(), sending->account());
  return remove_mailbox_draft(sending->order(), *found, world, app.stop());
}

Status remove_from_store(App& app, const LocalDraft& draft) {
  if (draft.id.value == 0) return {};
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto removed = (*mail)->local_drafts().remove(draft.id);
  return removed ? Status() : Status(removed.error());
}

}  // namespace mailmgr
