// `mailmgr export`: mail as files that other programs read.
#include "core/flow/export.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cmd/app.h"
#include "cmd/guard.h"
#include "cmd/message_json.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/progress.h"
#include "cmd/output/terminal.h"
#include "cmd/query_text.h"
#include "core/base/encoding.h"
#include "core/mail/parse.h"
#include "core/query/query.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// As `show --json` has it, and what else a to-do is.
Result<std::string> described(const MessageRow& row, const Blob& content, const AccountNames& names, NoteStore& notes) {
  auto parsed = parse_message(content);
  if (!parsed) return parsed.error();
  auto json = to_json(row, *parsed, names);
  const auto todo = notes.find_todo(row.id);
  if (!todo) return todo.error();
  if (*todo) json["todo_added"] = to_rfc3339((*todo)->added);
  if (*todo && (*todo)->done) json["todo_done"] = to_rfc3339(*(*todo)->done);
  if (*todo && (*todo)->due) json["todo_due"] = to_rfc3339(*(*todo)->due);
  return output::as_json(json);
}

class Export : public Command {
 public:
  void attach(CLI::App& cli) override {
    query_option_ = cli.add_option("--query", query_, "Only what this finds (default: everything, spam and trash too)");
    cli.add_option("--format", format_, "maildir, mbox, eml or jsonl")->required();
    cli.add_option("-o,--output", output_, "The folder or file to write, or - for standard output (mbox, jsonl)")
        ->required()
        ->check(refuse_empty);
    cli.add_flag("--mirror", mirror_, "Also update flags and folders, and remove what was exported before and is gone");
    cli.add_flag("-n,--dry-run", dry_run_, "Count what would be written and removed");
    cli.add_flag("--force", force_, "Replace a file that no export of mailmgr wrote");
    guard_.attach(cli);
  }

  Status run(App& app) override {
    if (auto fits = check_options(app); !fits) return fits;
    auto selected = app.selected_accounts();
    if (!selected) return selected.error();
    auto all = app.accounts();
    if (!all) return all.error();
    if (mirror_ && selected->empty()) {
      return Error{Code::not_found, "export --mirror: there is no account, and nothing that was exported is gone",
                   "is it the right home? See --home and MAILMGR_HOME"};
    }
    auto mail = app.mail();
    if (!mail) return mail.error();
    const AccountNames names(*all);

    Selection selection;
    ExportRecord record;
    if (!app.options().accounts.empty()) {
      for (const auto& account : *selected) {
        selection.accounts.push_back(account.id);
        record.accounts.push_back(to_lower_ascii(account.email));
      }
      std::sort(record.accounts.begin(), record.accounts.end());
    }
    auto query =
        read_query(app, "export --query", query_option_->count() > 0 ? query_ : "in:anywhere", selection.accounts);
    if (!query) return query.error();
    const ExportRequest request{*query, selection, names.all(), dry_run_};
    record.format = *mail_format(format_);
    record.query = query_;
    record.mirror = mirror_;
    record.started = app.clock().now();
    auto target = open_export_target(
        {record.format, output_, &app.out(), mirror_, dry_run_, force_,
         [&](const auto& row, const auto& content) { return described(row, content, names, (*mail)->notes()); }});
    if (!target) return target.error();
    if (auto same = check_mirror(record, (*target)->last(), output::one_line(output_)); !same) return same;
    // Before anything is looked for: what a sync brings meanwhile is no part of this run.
    std::vector<std::string> missing;
    if (mirror_) {
      auto found = not_all_here(*selected, (*mail)->sync());
      if (!found) return found.error();
      missing = *std::move(found);
    }
    return write(app, request, {(*mail)->reader(), (*mail)->inventory(), **target}, missing, record);
  }

 private:
  Status check_options(App& app) const {
    const bool is_file = format_ == "mbox" || format_ == "jsonl";
    if (!mail_format(format_)) return Error{Code::usage, "export: --format is maildir, mbox, eml or jsonl"};
    if (query_option_->count() > 0 && query_.find_first_not_of(" \t\r\n") == std::string::npos) {
      return Error{Code::usage, "export: the query is empty", "leave --query out to export everything"};
    }
    if (mirror_ && is_file) {
      return Error{Code::usage, "export: --mirror is for maildir and eml; mbox and jsonl are written anew each time"};
    }
    if (output_ == "-" && !is_file) {
      return Error{Code::usage, fmt::format("export: {} is a folder and cannot go to standard output", format_),
                   "use --format mbox or jsonl"};
    }
    if (output_ == "-" && app.options().json) {
      return Error{Code::usage, "export: -o - prints the mail, --json what became of it; choose one"};
    }
    return {};
  }

  // The names of accounts that are not completely in the store. One that is disconnected never gets more.
  static Result<std::vector<std::string>> not_all_here(const std::vector<AccountRecord>& accounts, SyncStore& sync) {
    std::vector<std::string> names;
    for (const auto& account : accounts) {
      if (account.state == AccountState::disconnected) continue;
      const auto all_here = is_all_here(account, sync);
      if (!all_here) return all_here.error();
      if (!*all_here) names.push_back(account.name);
    }
    return names;
  }

  // `missing`: the accounts of which mail may be missing here, so that nothing counts as gone.
  Status write(App& app, const ExportRequest& request, const ExportWorld& world,
               const std::vector<std::string>& missing, ExportRecord& record) const {
    if (!dry_run_) {
      if (auto begun = world.target.begin(record); !begun) return begun;
    }
    Outcome outcome(app);
    output::Progress progress(app.err(), "exporting", app.shows_progress());
    const auto failed = [&](MessageId id, const Error& error) { outcome.add_item(error, id); };
    const auto told = [&](const ExportRecord& sofar) {
      progress.show(sofar.messages, 0);
      return app.out().good();
    };
    auto exported = export_messages(request, world, {failed, told}, record, app.stop());
    if (!exported) return exported;
    if (!app.out().good()) return {};  // whoever reads has seen enough, or run() says what is wrong
    if (record.messages > record.failed) outcome.add_one({});
    for (const auto& account : missing) {
      outcome.add(Error{Code::partial, "export --mirror: not all of its mail is here yet: nothing was removed",
                        "mailmgr sync " + account},
                  account);
    }
    // A message that could not be read is not one that is gone.
    if (mirror_ && record.failed == 0 && missing.empty()) {
      record.removed = world.target.gone();
      if (record.removed > 0 && !dry_run_) {
        // A home that holds nothing, or another query than was meant, must not empty a whole archive.
        auto sure = guard_.check(app, record.removed, output_, "remove", "export --mirror");
        if (!sure) return sure;
        if (auto removed = world.target.remove_gone(); !removed) return removed;
      }
    }
    if (!dry_run_) {
      record.complete = record.failed == 0 && missing.empty();
      record.finished = app.clock().now();
      if (auto finished = world.target.finish(record); !finished) return finished;
    }
    tell(app, record);
    return outcome.status();
  }

  void tell(App& app, const ExportRecord& record) const {
    if (app.options().json) {
      auto json = Json::parse(to_json(record));
      json["output"] = output_;
      if (dry_run_) json["dry_run"] = true;
      app.print_json(json);
      return;
    }
    app.say(fmt::format("{}{} messages: {} added, {} updated, {} removed, {} unchanged, {} failed",
                        dry_run_ ? "would be: " : "", record.messages, record.added, record.updated, record.removed,
                        record.unchanged, record.failed));
  }

  CLI::Option* query_option_ = nullptr;
  std::string query_, format_, output_;
  bool mirror_ = false, dry_run_ = false, force_ = false;
  MassGuard guard_;
};

}  // namespace

std::unique_ptr<Command> make_export() {
  return std::make_unique<Export>();
}

}  // namespace mailmgr
