#include "cmd/local_draft.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cmd/answer.h"
#include "cmd/ask.h"
#include "cmd/identities.h"
#include "cmd/output/terminal.h"
#include "cmd/read_input.h"
#include "cmd/sending.h"
#include "core/base/encoding.h"
#include "core/base/sha256.h"
#include "core/flow/mailbox_draft.h"
#include "core/system/editor.h"
#include "core/system/paths.h"
#include "store/store.h"

namespace mailmgr {
namespace {

std::string people(const std::vector<Address>& list) {
  std::string text;
  for (const auto& person : list) text += (text.empty() ? "" : ", ") + to_string(person);
  return text;
}

// What lists show of it.
void describe(LocalDraft& draft, const std::string& text, Time now) {
  draft.updated = now;
  if (const auto parsed = parse_draft_text(text)) {
    draft.sender = people(parsed->from);
    draft.recipients = people(parsed->to);
  }
}

Error where_it_is(Error error, const LocalDraft& draft) {
  error.hint = fmt::format("nothing is lost: mailmgr draft edit {}", to_string(draft.id));
  return error;
}

Status attach_files(const std::vector<std::string>& paths, Draft& draft) {
  for (const auto& path : paths) {
    auto content = read_input(path, "reading the draft: Attach");
    if (!content) return content.error();
    draft.attachments.push_back({std::filesystem::path(path).filename().string(), "", *std::move(content)});
  }
  return {};
}

std::string key_of(const LocalDraft& draft, const DraftText& text) {
  Sha256 hash;
  hash.update(fmt::format("{} {}\n", draft.id.value, draft.remote_id));
  hash.update(to_text(text));
  return "draft " + hex(hash.finish());
}

}  // namespace

Result<StagedId> mailbox_draft(const LocalDraft& draft, const SendOrder& order, const SendWorld& world,
                               const Stop& stop) {
  if (draft.remote_id.empty()) return StagedId();
  auto found = find_mailbox_draft(order, RemoteId(draft.remote_id), world, stop);
  if (!found && found.error().code == Code::not_found) return StagedId();
  return found;
}

std::string to_string(LocalDraftId id) {
  return fmt::format("d{}", id.value);
}

std::optional<LocalDraftId> parse_draft_id(std::string_view word) {
  if (!word.starts_with('d')) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(word.data() + 1, word.data() + word.size(), number);
  if (problem != std::errc() || end != word.data() + word.size() || number < 1) return std::nullopt;
  return LocalDraftId(number);
}

Result<SavedDraft> find_local_draft(App& app, LocalDraftId id) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto found = (*mail)->local_drafts().latest(id);
  if (!found) return found.error();
  if (!*found) {
    return Error{Code::not_found, fmt::format("draft: there is no draft {}", to_string(id)), "mailmgr draft list"};
  }
  return **std::move(found);
}

Status save_local_draft(App& app, LocalDraft& draft, const std::string& text) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto& drafts = (*mail)->local_drafts();
  describe(draft, text, app.clock().now());
  if (draft.id.value != 0) {
    auto saved = drafts.save_version(draft, text);
    return saved ? Status() : Status(saved.error());
  }
  auto made = drafts.create(draft, text);
  if (!made) return made.error();
  draft.id = *made;
  return {};
}

Result<DraftText> edit_local_draft(App& app, LocalDraft& draft, const std::string& text) {
  if (!app.may_ask()) {
    return Error{Code::usage, "there is no terminal to open an editor on", "use --body TEXT or --body-file FILE"};
  }
  auto paths = app.paths();
  if (!paths) return paths.error();
  if (auto saved = save_local_draft(app, draft, text); !saved) return saved.error();
  const auto keep = [&](const std::string& now) { return save_local_draft(app, draft, now); };
  auto edited = edit_text(editor_command(), (*paths)->data, text, keep, app.clock(), app.stop());
  if (!edited) return where_it_is(edited.error(), draft);
  auto parsed = parse_draft_text(*edited);
  if (!parsed) return where_it_is(parsed.error(), draft);
  return parsed;
}

Status tell_saved(App& app, const LocalDraft& draft) {
  if (app.options().json) {
    app.out() << output::as_json(nlohmann::ordered_json{{"id", to_string(draft.id)}, {"ok", true}}) << '\n';
  } else {
    app.say("saved as draft " + to_string(draft.id));
  }
  return {};
}

Result<ReadyDraft> ready_draft(App& app, const LocalDraft& draft, const DraftText& text) {
  ReadyDraft ready;
  std::optional<AnsweredMessage> original;
  if (draft.original) {
    auto found = stored_original(app, *draft.original, "draft");
    if (!found) return found.error();
    original = *std::move(found);
  }
  auto sender = chosen_sender(app, text.from.empty() ? std::string() : to_string(text.from.front()),
                              original ? std::optional(original->account) : std::nullopt);
  if (!sender) return sender.error();
  ready.account = sender->account;
  Written written{text.body, std::nullopt};
  if (original && draft.kind == LocalDraftKind::reply) {
    ReplyRequest request;
    request.from = sender->from;
    request.written = std::move(written);
    request.quote = false;  // it stands in the text, as the person left it
    auto answer = make_reply(original->original, request);
    if (!answer) return answer.error();
    ready.draft = std::move(answer->draft);
    ready.draft.to.clear();
    ready.draft.cc.clear();
  } else if (original && draft.kind == LocalDraftKind::forward) {
    auto forward = make_forward(original->original, {sender->from, {}, std::move(written)});
    if (!forward) return forward.error();
    ready.draft = *std::move(forward);
  } else {
    ready.draft.text = text.body;
    ready.draft.flowed = true;
    if (original) {  // a draft of the mailbox
      ready.draft.in_reply_to = original->original.message.in_reply_to;
      ready.draft.references = original->original.message.references;
      ready.thread = original->row.thread;
      auto attachments = attachments_of(original->original);
      if (!attachments) return attachments.error();
      ready.draft.attachments = *std::move(attachments);
    }
  }
  set_sender(*sender, ready.draft);
  ready.draft.to.insert(ready.draft.to.end(), text.to.begin(), text.to.end());
  ready.draft.cc.insert(ready.draft.cc.end(), text.cc.begin(), text.cc.end());
  ready.draft.bcc = text.bcc;
  if (!text.reply_to.empty()) ready.draft.reply_to = text.reply_to;
  ready.draft.subject = text.subject;
  ready.draft.extra_headers.insert(ready.draft.extra_headers.end(), text.headers.begin(), text.headers.end());
  if (original && draft.kind == LocalDraftKind::reply) ready.thread = thread_of_answer(*original, ready.draft);
  if (auto attached = attach_files(text.attach, ready.draft); !attached) return attached.error();
  return ready;
}

Result<NextStep> ask_next_step(App& app, LocalDraft& draft, DraftText& text) {
  while (true) {
    const auto to = people(text.to);
    auto answer = ask_line(app,
                           fmt::format("To {}: \"{}\". [s]end it, [e]dit it again, or [k]eep it as draft {}",
                                       to.empty() ? "nobody" : output::one_line(to), output::one_line(text.subject),
                                       to_string(draft.id)),
                           "--body");
    if (!answer) return where_it_is(answer.error(), draft);
    if (*answer == "s" || *answer == "send") return NextStep::send;
    if (answer->empty() || *answer == "k" || *answer == "keep") return NextStep::keep;
    if (*answer != "e" && *answer != "edit") continue;
    auto edited = edit_local_draft(app, draft, to_text(text));
    if (!edited) return edited.error();
    text = *std::move(edited);
  }
}

Result<std::optional<SavedDraft>> offer_unfinished(App& app, const LocalDraft& like) {
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto drafts = (*mail)->local_drafts().list();
  if (!drafts) return drafts.error();
  for (const auto& draft : *drafts) {
    const bool same = draft.kind == like.kind && draft.original == like.original && draft.sender == like.sender &&
                      equals_ignoring_ascii_case(draft.recipients, like.recipients);
    if (!same) continue;
    auto answer = ask_line(app,
                           fmt::format("There is an unfinished message to {} of {}. Go on with it? [Y/n]",
                                       draft.recipients.empty() ? "nobody yet" : output::one_line(draft.recipients),
                                       to_local_date(draft.updated)),
                           "--body");
    if (!answer) return answer.error();
    if (*answer == "n" || *answer == "no") return std::optional<SavedDraft>();
    return (*mail)->local_drafts().latest(draft.id);
  }
  return std::optional<SavedDraft>();
}

Status remove_from_mailbox(App& app, const LocalDraft& draft) {
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  for (const auto& account : *accounts) {
    if (draft.account != account.id) continue;
    auto sender = sender_for(app, account);
    if (!sender) return sender.error();
    SendOrder order;
    order.account = account;
    order.access = sender->connection.grant.access;
    auto staged = mailbox_draft(draft, order, *sender->world, app.stop());
    if (!staged) return staged.error();
    return staged->value.empty() ? Status() : remove_mailbox_draft(order, *staged, *sender->world, app.stop());
  }
  return {};
}

Status send_draft(App& app, const LocalDraft& draft, const DraftText& text, const DispatchOptions& dispatch) {
  auto ready = ready_draft(app, draft, text);
  if (!ready) return ready.error();
  if (auto sent = dispatch.dispatch(app, ready->account, std::move(ready->draft), ready->thread, key_of(draft, text)); !sent) return sent;
  if (!dispatch.sends()) return {};
  auto mail = app.mail();
  if (!mail) return mail.error();
  if (draft.id.value != 0) {
    if (auto removed = (*mail)->local_drafts().remove(draft.id); !removed) return removed.error();
  }
  return draft.remote_id.empty() ? Status() : remove_from_mailbox(app, draft);
}

Status write_in_editor(App& app, LocalDraft draft, const DraftText& start, const DispatchOptions& dispatch) {
  std::string content = to_text(start);
  describe(draft, content, app.clock().now());
  auto unfinished = offer_unfinished(app, draft);
  if (!unfinished) return unfinished.error();
  if (*unfinished) {
    draft = (*unfinished)->draft;
    content = (*unfinished)->latest.content;
  }
  auto text = edit_local_draft(app, draft, content);
  if (!text) return text.error();
  auto next = ask_next_step(app, draft, *text);
  if (!next) return next.error();
  return *next == NextStep::send ? send_draft(app, draft, *text, dispatch) : tell_saved(app, draft);
}

}  // namespace mailmgr
