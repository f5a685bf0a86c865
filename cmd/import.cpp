// `mailmgr import`: mail from files into a mailbox.
#include "core/flow/import.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/guard.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/progress.h"
#include "cmd/output/terminal.h"
#include "cmd/report.h"
#include "core/flow/access.h"
#include "core/flow/folder_change.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

class ImportMail : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("path", request_.path,
                   "A Maildir, an mbox or .eml file, a folder of them, or what export --format jsonl wrote")
        ->required()
        ->check(refuse_empty);
    cli.add_option("--format", format_, "maildir, mbox, eml or jsonl (default: what it looks like)")
        ->check(refuse_empty);
    cli.add_option("--folder", folder_, "File all of it here (default: where each message was, else the archive)")
        ->check(refuse_empty);
    add_repeated(cli, "--label", request_.labels, "A label that all of it gets; may be repeated")->check(refuse_empty);
    cli.add_flag("--create", create_, "Make folders and labels that the mailbox lacks");
    cli.add_flag("--again", request_.again, "Also what was imported before or is in the mailbox already");
    cli.add_flag("--lossy", lossy_, "Outlook: let each message be made anew of its parts, as its bytes are not taken");
    cli.add_flag("-n,--dry-run", request_.dry_run, "Count what would be imported");
    guard_.attach(cli);
  }

  Status run(App& app) override {
    auto account = app.acting_account();
    if (!account) return account.error();
    if (auto chosen = choose_format(); !chosen) return chosen;
    if (!folder_.empty()) request_.folder = folder_;
    request_.account = account->id;
    auto leases = app.leases();
    if (!leases) return leases.error();
    // Two at once would each look before the other has written.
    auto lease = (*leases)->take(fmt::format("import-{}", account->id.value), milliseconds(0), app.stop());
    if (!lease) return lease.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto connection = app.connect(*account);
    if (!connection) return connection.error();
    auto allowed = check_access(*account, connection->grant.access, Permission::change, "importing mail");
    if (!allowed) return allowed;
    if (connection->spec->rebuilds_imports && !lossy_) {
      Error error{Code::refused,
                  fmt::format("import: {} takes no finished message: each would be made anew of its parts, with other "
                              "bytes, and signed or encrypted mail not at all",
                              connection->spec->title),
                  "add --lossy if that will do"};
      error.account = account->name;
      return error;
    }
    auto refreshed = connection->mailbox->refresh({}, app.stop());
    if (!refreshed) return refreshed.error();
    auto position = (*mail)->sync().position(account->id);
    if (!position) return position.error();
    auto counts = (*mail)->sync().counts(account->id);
    if (!counts) return counts.error();
    request_.ask_mailbox = counts->messages == 0 || counts->remaining > 0 || account->since ||
                           !account->include.empty() || !account->exclude.empty();
    ImportWorld world{*connection->importer,
                      (*mail)->imports(),
                      (*mail)->reader(),
                      (*mail)->notes(),
                      places_for_import(refreshed->folders, position->folders),
                      connection->spec->files_by_label,
                      app.clock()};
    const FolderWorld folder_world{*connection->curator, *connection->mailbox, (*mail)->edits(), (*mail)->sync()};
    if (create_) {
      world.make = [&](const std::string& path, bool is_label) {
        return create_folder({*account, connection->grant, *connection->spec, is_label, request_.dry_run}, path, "",
                             folder_world, app.stop());
      };
    }
    if (auto known = check_places(request_, world); !known) return known;
    return import_all(app, *account, world);
  }

 private:
  Status choose_format() {
    if (format_.empty()) {
      auto looks = recognise_mail(request_.path);
      if (!looks) return looks.error();
      request_.format = *looks;
      return {};
    }
    const auto named = mail_format(format_);
    if (!named) return Error{Code::usage, "import: --format is maildir, mbox, eml or jsonl"};
    request_.format = *named;
    return {};
  }

  Status import_all(App& app, const AccountRecord& account, const ImportWorld& world) const {
    auto total = count_found(request_, app.stop());
    if (!total) return total.error();
    if (!request_.dry_run) {
      if (auto sure = guard_.check(app, *total, account.name, "import", "import"); !sure) return sure;
    }
    Outcome outcome(app);
    ImportCounts counts;
    output::Progress progress(app.err(), account.name, app.shows_progress());
    const auto told = [&](const ImportedOne& one) {
      tell(app, outcome, one);
      progress.show(counts.messages, *total - std::min(*total, counts.messages));
    };
    const auto lacking = [&](const std::string& label, const Status& made) {
      app.warn(fmt::format("import: the mailbox has no label \"{}\"{}: it is left out", label,
                           made ? "" : fmt::format(", and it cannot be made ({})", made.error().message)));
    };
    auto ended = import_messages(request_, world, told, lacking, counts, app.stop());
    if (!ended) outcome.add_one(ended, account.name);
    summarise(app, account, counts);
    return outcome.status();
  }

  void tell(App& app, Outcome& outcome, const ImportedOne& one) const {
    if (app.options().json) {
      Json json{{"id", one.where}, {"ok", one.status.has_value()}};
      if (one.remote_id) json["remote_id"] = one.remote_id->value;
      if (one.is_duplicate) {
        json["duplicate_of"] = one.duplicate_of ? Json(one.duplicate_of->value) : Json(nullptr);
      }
      if (!one.status) json["error"] = to_json(one.status.error());
      app.print_json(json);
    }
    outcome.add_one(one.status);
  }

  void summarise(App& app, const AccountRecord& account, const ImportCounts& counts) const {
    if (app.options().json) {
      Json json{{"account", account.name},         {"messages", counts.messages}, {"imported", counts.imported},
                {"duplicates", counts.duplicates}, {"failed", counts.failed},     {"noted", counts.noted}};
      if (request_.dry_run) json["dry_run"] = true;
      app.print_json(json);
      return;
    }
    app.say(fmt::format("{}{}: {} messages: {} imported, {} there already, {} failed",
                        request_.dry_run ? "would be: " : "", account.name, counts.messages, counts.imported,
                        counts.duplicates, counts.failed));
  }

  ImportRequest request_{};
  std::string format_, folder_;
  bool lossy_ = false, create_ = false;
  MassGuard guard_;
};

}  // namespace

std::unique_ptr<Command> make_import() {
  return std::make_unique<ImportMail>();
}

}  // namespace mailmgr
