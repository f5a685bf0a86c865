#include "cmd/draft_sending.h"

#include <fmt/format.h>

#include "cmd/answer.h"
#include "cmd/local_draft.h"
#include "cmd/ready_draft.h"
#include "cmd/sending.h"
#include "cmd/taken_draft.h"
#include "core/base/encoding.h"
#include "core/base/sha256.h"
#include "store/store.h"

namespace mailmgr {
namespace {

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
