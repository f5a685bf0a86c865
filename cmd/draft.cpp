// `mailmgr draft`: messages that are being written, here and in the mailboxes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cmd/answer.h"
#include "cmd/ask.h"
#include "cmd/dispatch_options.h"
#include "cmd/ids.h"
#include "cmd/local_draft.h"
#include "cmd/message_json.h"
#include "cmd/message_options.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/sending.h"
#include "core/flow/mailbox_draft.h"
#include "core/mail/reply.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const std::vector<Address>& people) {
  std::string text;
  for (const auto& person : people) text += (text.empty() ? "" : ", ") + to_string(person);
  return text;
}

// A draft by its word: "d3" as it is kept here; a message's number as a new one here, taken from the mailbox.
Result<SavedDraft> open_draft(App& app, const std::string& word) {
  if (const auto id = parse_draft_id(word)) return find_local_draft(app, *id);
  auto ids = read_ids({word}, std::cin);
  if (!ids) return ids.error();
  if (ids->size() != 1) return Error{Code::usage, "draft: one at a time", "mailmgr draft list"};
  auto found = stored_original(app, ids->front(), "draft");
  if (!found) return found.error();
  if (!found->row.draft) {
    return Error{Code::refused, fmt::format("draft: message {} is no draft", found->row.id.value), "mailmgr draft list"};
  }
  const auto& message = found->original.message;
  DraftText text{message.from, message.to, message.cc, message.bcc, message.reply_to, message.subject, {}, {}};
  text.body = message.body_text;
  SavedDraft taken;
  taken.draft.account = found->account.id;
  taken.draft.original = found->row.id;
  taken.draft.remote_id = found->row.remote_id.value;
  taken.latest.content = to_text(text);
  if (!message.body_html.empty()) app.say("draft: its text is edited; what only its HTML shows goes");
  return taken;
}

// Puts it into the mailbox, in place of the one that is there.
Status save_to_mailbox(App& app, LocalDraft& draft, const DraftText& text) {
  auto ready = ready_draft(app, draft, text);
  if (!ready) return ready.error();
  auto sender = sender_for(app, ready->account);
  if (!sender) return sender.error();
  SendRequest request;
  request.account = ready->account;
  request.access = sender->connection.grant.access;
  request.thread = ready->thread;
  request.draft = std::move(ready->draft);
  auto earlier = mailbox_draft(draft, request, *sender->world, app.stop());
  if (!earlier) return earlier.error();
  auto saved = save_mailbox_draft(request, *earlier, *sender->world, app.stop());
  if (!saved) return with_login_hint(saved.error(), request.account);
  auto mail = app.mail();
  if (!mail) return mail.error();
  if (draft.id.value != 0) {  // the mailbox has it now
    if (auto removed = (*mail)->local_drafts().remove(draft.id); !removed) return removed.error();
  }
  if (app.options().json) {
    app.out() << output::as_json(Json{{"account", request.account.name}, {"state", "draft"}}) << '\n';
  } else {
    app.say(fmt::format("saved as a draft in the mailbox of {}; the next sync lists it", request.account.name));
  }
  return {};
}

class DraftList : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto listing = app.listing({{"id", "ID", 10},
                                {"account", "ACCOUNT", 30},
                                {"place", "PLACE", 8},
                                {"to", "TO", 40},
                                {"subject", "SUBJECT", 0},
                                {"updated", "UPDATED", 20}});
    if (!listing) return listing.error();
    const AccountNames names(*accounts);
    auto local = (*mail)->local_drafts().list();
    if (!local) return local.error();
    const bool all = app.options().accounts.empty();
    for (const auto& draft : *local) {
      const bool chosen = std::any_of(accounts->begin(), accounts->end(),
                                      [&](const auto& account) { return draft.account == account.id; });
      if (!chosen && !(all && !draft.account)) continue;
      auto saved = (*mail)->local_drafts().latest(draft.id);
      if (!saved) return saved.error();
      const auto text = *saved ? parse_draft_text((*saved)->latest.content) : Result<DraftText>(DraftText());
      const Json row{{"id", to_string(draft.id)},
                     {"account", draft.account ? names.name(*draft.account) : ""},
                     {"place", "here"},
                     {"to", draft.recipients},
                     {"subject", text ? text->subject : ""},
                     {"updated", to_rfc3339(draft.updated)}};
      if (!(*listing)->row(row)) return {};
    }
    auto query = query::parse("is:draft in:anywhere", app.clock().now());
    if (!query) return query.error();
    Selection selection;
    for (const auto& account : *accounts) selection.accounts.push_back(account.id);
    const auto print = [&](const MessageRow& row) {
      return (*listing)->row(Json{{"id", std::to_string(row.id.value)},
                                  {"account", names.name(row.account)},
                                  {"place", "mailbox"},
                                  {"to", joined(row.to)},
                                  {"subject", row.subject},
                                  {"updated", to_rfc3339(row.received)}});
    };
    if (!accounts->empty()) {
      if (auto found = (*mail)->reader().search(*query, selection, names.all(), print); !found) return found;
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }
};

class DraftNew : public Command {
 public:
  void attach(CLI::App& cli) override { message_.attach(cli); }

  Status run(App& app) override {
    auto text = message_.read_text(app);
    if (!text) return text.error();
    LocalDraft draft;
    auto sender = message_.sender(app, std::nullopt);
    if (!sender) return sender.error();
    draft.account = sender->account.id;
    if (text->from.empty()) text->from = {sender->from};
    if (!message_.wants_editor(app)) {
      if (auto saved = save_local_draft(app, draft, to_text(*text)); !saved) return saved;
      return tell_saved(app, draft);
    }
    auto edited = edit_local_draft(app, draft, to_text(*text));
    return edited ? tell_saved(app, draft) : Status(edited.error());
  }

 private:
  MessageOptions message_{"draft new"};
};

class DraftEdit : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("id", id_, "The draft, as draft list names it")->required(); }

  Status run(App& app) override {
    auto opened = open_draft(app, id_);
    if (!opened) return opened.error();
    auto draft = opened->draft;
    auto edited = edit_local_draft(app, draft, opened->latest.content);
    if (!edited) return edited.error();
    // What is in the mailbox stays there: other programs go on with it.
    if (!draft.remote_id.empty()) return save_to_mailbox(app, draft, *edited);
    return tell_saved(app, draft);
  }

 private:
  std::string id_;
};

class DraftSave : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("id", id_, "A draft of this store (d3)")->required(); }

  Status run(App& app) override {
    const auto id = parse_draft_id(id_);
    if (!id) {
      return Error{Code::usage, fmt::format("draft save: \"{}\" is no draft of this store", output::one_line(id_)),
                   "mailmgr draft list"};
    }
    auto saved = find_local_draft(app, *id);
    if (!saved) return saved.error();
    auto text = parse_draft_text(saved->latest.content);
    if (!text) return text.error();
    return save_to_mailbox(app, saved->draft, *text);
  }

 private:
  std::string id_;
};

class DraftSend : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "The draft, as draft list names it")->required();
    dispatch_.attach(cli);
  }

  Status run(App& app) override {
    auto opened = open_draft(app, id_);
    if (!opened) return opened.error();
    auto text = parse_draft_text(opened->latest.content);
    if (!text) return text.error();
    return send_draft(app, opened->draft, *text, dispatch_);
  }

 private:
  std::string id_;
  DispatchOptions dispatch_{"draft send"};
};

class DraftDelete : public Command {
 public:
  void attach(CLI::App& cli) override { add_operands(cli, "id", ids_, "Drafts, as draft list names them")->required(); }

  Status run(App& app) override {
    if (auto sure = confirm(app, fmt::format("Delete {} for good?", ids_.size() == 1 ? "the draft" : "these drafts"),
                            "draft delete");
        !sure) {
      return sure;
    }
    Outcome outcome(app);
    for (const auto& id : ids_) outcome.add_item(remove(app, id), id);
    return outcome.status();
  }

 private:
  static Status remove(App& app, const std::string& word) {
    auto opened = open_draft(app, word);
    if (!opened) return opened.error();
    if (!opened->draft.remote_id.empty()) {
      if (auto removed = remove_from_mailbox(app, opened->draft); !removed) return removed;
    }
    if (opened->draft.id.value == 0) return {};
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto removed = (*mail)->local_drafts().remove(opened->draft.id);
    return removed ? Status() : Status(removed.error());
  }

  std::vector<std::string> ids_;
};

}  // namespace

std::unique_ptr<Command> make_draft_list() {
  return std::make_unique<DraftList>();
}
std::unique_ptr<Command> make_draft_new() {
  return std::make_unique<DraftNew>();
}
std::unique_ptr<Command> make_draft_edit() {
  return std::make_unique<DraftEdit>();
}
std::unique_ptr<Command> make_draft_save() {
  return std::make_unique<DraftSave>();
}
std::unique_ptr<Command> make_draft_send() {
  return std::make_unique<DraftSend>();
}
std::unique_ptr<Command> make_draft_delete() {
  return std::make_unique<DraftDelete>();
}

}  // namespace mailmgr
