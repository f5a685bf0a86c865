#include "cmd/ready_draft.h"

#include <filesystem>

#include "cmd/answer.h"
#include "cmd/identities.h"
#include "cmd/read_input.h"
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

}  // namespace

Result<AccountRecord> account_of_draft(App& app, const LocalDraft& draft) {
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  for (const auto& account : *accounts) {
    if (draft.account == account.id) return account;
  }
  return Error{Code::not_found, "draft: its account is not here any more", "mailmgr account list"};
}

Result<ReadyDraft> ready_draft(App& app, const LocalDraft& draft, const DraftText& text) {
  std::optional<AccountRecord> account;
  if (draft.account) {
    auto found = account_of_draft(app, draft);
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

}  // namespace mailmgr
