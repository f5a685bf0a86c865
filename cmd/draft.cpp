// `mailmgr draft`: messages that are being written, here and in the mailboxes.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/answer.h"
#include "cmd/ask.h"
#include "cmd/dispatch_options.h"
#include "cmd/draft_sending.h"
#include "cmd/local_draft.h"
#include "cmd/message_json.h"
#include "cmd/message_options.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/taken_draft.h"
#include "core/mail/reply.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Status would(App& app, const std::string& what) {
  if (!app.options().json) app.out() << "would " << what << '\n';
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
    auto listing = app.listing(
        {{"id", "ID", 10},
         {"account", "ACCOUNT", 30, false, nullptr, 2},
         {"place", "PLACE", 8, false, nullptr, 1},
         {"to", "TO", 40},
         {"subject", "SUBJECT", 0},
         {"updated", "UPDATED", 16, false, [](const Json& row) { return output::local_time(row, "updated"); }, 3}});
    if (!listing) return listing.error();
    const AccountNames names(*accounts);
    recover_local_drafts(app);
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
                                  {"to", to_string(row.to)},
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
    text->from = {sender->from};
    Written body;
    if (!text->body.empty()) body.text = text->body;
    if (auto is_signed = message_.sign(app, *sender, body); !is_signed) return is_signed;
    text->body = body.text.value_or("");
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

// One of the versions that are kept of a draft of this store.
Result<LocalDraftVersion> find_version(App& app, const SavedDraft& saved, std::int64_t number) {
  if (number == 0) return saved.latest;
  auto mail = app.mail();
  if (!mail) return mail.error();
  auto found = (*mail)->local_drafts().version(saved.draft.id, number);
  if (!found) return found.error();
  if (*found) return **std::move(found);
  const auto id = to_string(saved.draft.id);
  return Error{Code::not_found, fmt::format("draft: version {} of {} is not kept", number, id),
               fmt::format("mailmgr draft show {} --versions", id)};
}

Result<SavedDraft> find_here(App& app, const std::string& word, std::string_view command) {
  const auto id = parse_draft_id(word);
  if (id) return find_local_draft(app, *id);
  return Error{Code::usage, fmt::format("{}: \"{}\" is no draft of this store", command, output::one_line(word)),
               "mailmgr draft list"};
}

class DraftShow : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "A draft of this store (d3)")->required();
    auto* one = cli.add_option("--version", version_, "As it was: the number of a version")->check(CLI::PositiveNumber);
    cli.add_flag("--versions", versions_, "List the versions that are kept, newest first")->excludes(one);
  }

  Status run(App& app) override {
    auto saved = find_here(app, id_, "draft show");
    if (!saved) return saved.error();
    if (versions_) return list(app, saved->draft.id);
    if (auto text_alone = app.check_text("draft show"); !text_alone) return text_alone;
    auto version = find_version(app, *saved, version_);
    if (!version) return version.error();
    const auto text = version->content.substr(tie_of(version->content).size());
    if (app.form() == output::Form::json) {
      auto row = json(app, *version);
      row["text"] = text;
      app.print_json(row);
    } else {
      app.out() << output::many_lines(text) << (text.ends_with('\n') ? "" : "\n");
    }
    return {};
  }

 private:
  Json json(App&, const LocalDraftVersion& version) const {
    return {{"id", id_}, {"version", version.version}, {"saved", to_rfc3339(version.saved)}};
  }

  Status list(App& app, LocalDraftId id) const {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto versions = (*mail)->local_drafts().versions(id);
    if (!versions) return versions.error();
    auto listing =
        app.listing({{"id", "ID", 10}, {"version", "VERSION", 8}, {"saved", "SAVED", 16, false, [](const Json& row) {
                                                                     return output::local_time(row, "saved");
                                                                   }}});
    if (!listing) return listing.error();
    for (const auto& version : *versions) {
      if (!(*listing)->row(json(app, version))) return {};
    }
    (*listing)->finish();
    return {};
  }

  std::string id_;
  std::int64_t version_ = 0;
  bool versions_ = false;
};

class DraftEdit : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "The draft, as draft list names it")->required();
    cli.add_option("--version", version_, "Go on from this version of a draft of this store")
        ->check(CLI::PositiveNumber);
    cli.add_flag("-n,--dry-run", dry_run_, "Check that it can be edited, change nothing");
  }

  Status run(App& app) override {
    auto opened = version_ == 0 ? open_draft(app, id_) : find_here(app, id_, "draft edit --version");
    if (!opened) return opened.error();
    auto draft = opened->draft;
    auto version = find_version(app, *opened, version_);
    if (!version) return version.error();
    if (draft.id.value == 0) {
      if (auto there = check_in_mailbox(app, *opened); !there) return there;
      if (has_html(app, draft)) app.say("draft: its text is edited; what only its HTML shows goes, if you change it");
    }
    if (dry_run_) return would(app, "edit " + id_);
    auto edited = edit_local_draft(app, draft, version->content);
    if (!edited) return edited.error();
    if (draft.remote_id.empty()) return tell_saved(app, draft);
    // What is in the mailbox stays there: other programs go on with it.
    auto unchanged = is_unchanged(app, draft, to_text(*edited));
    if (!unchanged) return unchanged.error();
    return *unchanged ? leave_alone(app, draft) : save_to_mailbox(app, draft, *edited);
  }

 private:
  static bool has_html(App& app, const LocalDraft& draft) {
    auto stored = stored_original(app, *draft.original, "draft edit");
    return stored && !stored->original.message.body_html.empty();
  }

  // With the HTML and the headers that a text does not show.
  static Status leave_alone(App& app, const LocalDraft& draft) {
    if (auto removed = remove_from_store(app, draft); !removed) return removed;
    if (app.options().json) {
      app.print_json(Json{{"state", "draft"}});
    } else {
      app.say("nothing was changed: the draft in the mailbox stays as it is");
    }
    return {};
  }

  std::string id_;
  std::int64_t version_ = 0;
  bool dry_run_ = false;
};

class DraftSave : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("id", id_, "A draft of this store (d3)")->required();
    cli.add_flag("-n,--dry-run", dry_run_, "Check that it can be saved, change nothing");
  }

  Status run(App& app) override {
    auto saved = find_here(app, id_, "draft save");
    if (!saved) return saved.error();
    auto text = parse_draft_text(saved->latest.content);
    if (!text) return text.error();
    if (dry_run_) return would(app, fmt::format("save {} in the mailbox", id_));
    return save_to_mailbox(app, saved->draft, *text);
  }

 private:
  std::string id_;
  bool dry_run_ = false;
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
    return send_draft(app, *opened, dispatch_);
  }

 private:
  std::string id_;
  DispatchOptions dispatch_{"draft send"};
};

class DraftDelete : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "id", ids_, "Drafts, as draft list names them")->required();
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be deleted");
  }

  Status run(App& app) override {
    if (!dry_run_) {
      const auto what = ids_.size() == 1 ? "the draft" : "these drafts";
      if (auto sure = confirm(app, fmt::format("Delete {} for good?", what), "draft delete"); !sure) return sure;
    }
    Outcome outcome(app);
    for (const auto& id : ids_) outcome.add_item(remove(app, id), id);
    return outcome.status();
  }

 private:
  Status remove(App& app, const std::string& word) const {
    auto opened = open_draft(app, word);
    if (!opened) return opened.error();
    if (dry_run_) return would(app, "delete " + word);
    if (auto removed = remove_from_mailbox(app, opened->draft); !removed) return removed;
    return remove_from_store(app, opened->draft);
  }

  std::vector<std::string> ids_;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_draft_list() {
  return std::make_unique<DraftList>();
}
std::unique_ptr<Command> make_draft_new() {
  return std::make_unique<DraftNew>();
}
std::unique_ptr<Command> make_draft_show() {
  return std::make_unique<DraftShow>();
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
