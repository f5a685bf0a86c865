#include "core/flow/mailbox_draft.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/base/sha256.h"
#include "core/flow/access.h"
#include "core/mail/parse.h"

namespace mailmgr {
namespace {

Status may_use(const SendOrder& order, Permission permission, std::string_view what) {
  if (order.account.state != AccountState::active) {
    return Error{Code::refused, fmt::format("{} of {}: this account is not active", what, order.account.name),
                 fmt::format("mailmgr account show {}", order.account.name)};
  }
  return check_access(order.account, order.access, permission, what);
}

Status may_draft(const SendOrder& order) {
  return may_use(order, Permission::draft, "drafts");
}

Error draft_gone() {
  return {
      Code::not_found,
      "looking for the draft: it is not in the mailbox any more; it may have been sent, changed or deleted elsewhere",
      "mailmgr sync"};
}

bool has_same_attachments(const ParsedMessage& one, const ParsedMessage& other) {
  return std::equal(one.attachments.begin(), one.attachments.end(), other.attachments.begin(), other.attachments.end(),
                    [](const Attachment& a, const Attachment& b) {
                      return a.name == b.name && a.type == b.type && a.size == b.size;
                    });
}

}  // namespace

Result<SavedMailboxDraft> save_mailbox_draft(const SendRequest& request, const StagedId& earlier,
                                             const SendWorld& world, const Stop& stop) {
  if (auto allowed = may_draft(request); !allowed) return allowed.error();
  Draft draft = request.draft;
  draft.unfinished = true;
  if (draft.from.email.empty()) draft.from.email = request.account.email;
  draft.date = world.clock.now();
  draft.message_id = make_message_id(world.random.bytes(16), draft.from.email);
  auto mime = compose(draft);
  if (!mime) return mime.error();
  if (mime->size() > world.courier.max_size()) {
    return Error{Code::too_large,
                 fmt::format("saving the draft \"{}\": it has {} bytes, {} takes at most {}", draft.subject,
                             mime->size(), request.account.provider, world.courier.max_size()),
                 "attach fewer or smaller files"};
  }
  Outgoing outgoing{.mime = *std::move(mime),
                    .message_id = draft.message_id,
                    .thread = {},
                    .progress = world.progress,
                    .is_draft = true};
  if (!request.thread.value.empty()) outgoing.thread = request.thread;
  auto saved = world.courier.stage(outgoing, stop);
  if (!saved) return saved.error();
  // It is saved now: done again because of what is left to tidy up, it would be saved once more.
  return SavedMailboxDraft{*std::move(saved), earlier.value.empty() ? Status() : world.courier.discard(earlier, stop)};
}

Result<StagedId> find_mailbox_draft(const SendOrder& order, const RemoteId& message, const SendWorld& world,
                                    const Stop& stop) {
  if (auto allowed = may_draft(order); !allowed) return allowed.error();
  auto found = world.courier.draft_of(message, stop);
  if (!found) return found.error();
  if (!*found) return draft_gone();
  return **std::move(found);
}

Result<MailboxDraft> read_mailbox_draft(const SendOrder& order, const RemoteId& message, Mailbox& mailbox,
                                        const SendWorld& world, const Stop& stop) {
  auto found = find_mailbox_draft(order, message, world, stop);
  if (!found) return found.error();
  Result<Fetched> answer = draft_gone();
  const auto take = [&](const RemoteId&, Result<Fetched> told) {
    answer = std::move(told);
    return true;
  };
  const RemoteId ids[] = {message};
  if (auto fetched = mailbox.fetch(ids, Want::content, take, stop); !fetched) return fetched.error();
  if (!answer) return answer.error().code == Code::gone ? draft_gone() : answer.error();
  if (!answer->raw) return Error{Code::try_later, "reading the draft: the provider gave nothing of it", ""};
  return MailboxDraft{*std::move(found), *std::move(answer->raw)};
}

bool is_same_draft(const ParsedMessage& one, const ParsedMessage& other) {
  return one.from == other.from && one.to == other.to && one.cc == other.cc && one.bcc == other.bcc &&
         one.reply_to == other.reply_to && one.subject == other.subject && one.body_text == other.body_text &&
         one.body_html == other.body_html && has_same_attachments(one, other);
}

Result<PreparedMessage> prepare_mailbox_draft(const SendOrder& order, const MailboxDraft& draft,
                                              const SendWorld& world) {
  if (auto allowed = may_use(order, Permission::send, "sending"); !allowed) return allowed.error();
  if (auto fine = check_key(order.key); !fine) return fine.error();
  const auto message = parse_message(draft.raw);
  if (!message) return message.error();
  PreparedMessage prepared{{}, draft.raw};
  auto& row = prepared.row;
  for (const auto* list : {&message->to, &message->cc, &message->bcc}) {
    for (const auto& person : *list) {
      if (std::find(row.recipients.begin(), row.recipients.end(), person.email) == row.recipients.end()) {
        row.recipients.push_back(person.email);
      }
    }
  }
  if (row.recipients.empty()) {
    return Error{Code::usage, fmt::format("sending the draft \"{}\": nobody is named who gets it", message->subject),
                 "mailmgr draft edit"};
  }
  Sha256 hash;
  const auto read = draft.raw.each_chunk([&](std::string_view chunk) {
    hash.update(chunk);
    return true;
  });
  if (!read) return read.error();
  const auto now = world.clock.now();
  row.account = order.account.id;
  row.key = order.key;
  row.later = order.later;
  row.due = order.due;
  row.state = !order.later ? OutboxState::sending : order.due > now ? OutboxState::scheduled : OutboxState::queued;
  row.created = row.changed = now;
  row.message_id = message->message_id;
  row.from = message->from.empty() ? order.account.email : message->from.front().email;
  row.subject = message->subject;
  row.digest = hex(hash.finish());
  row.staged = as_kept_draft(draft.id);
  return prepared;
}

Status remove_mailbox_draft(const SendOrder& order, const StagedId& draft, const SendWorld& world, const Stop& stop) {
  if (auto allowed = may_draft(order); !allowed) return allowed;
  return world.courier.discard(draft, stop);
}

}  // namespace mailmgr
