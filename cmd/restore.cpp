// `mailmgr restore`: a backup becomes the store of an empty home.
#include "core/flow/restore.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "cmd/output/progress.h"
#include "core/system/paths.h"
#include "core/system/restore_installation.h"
#include "core/vault/vault.h"
#include "store/store.h"
#include "store/store_copies.h"

namespace mailmgr {
namespace {

std::string_view to_string(KeyPlace place) {
  switch (place) {
    case KeyPlace::restored:
      return "restored";
    case KeyPlace::present:
      return "present";
    case KeyPlace::other:
      return "other";
  }
  return "";
}

// Whether the key of this home opens the logins that were restored; nothing if there are none to open.
Result<std::optional<bool>> logins_usable(App& app) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto row = (*tokens)->vault().load();
  if (!row) return row.error();
  if (row->wrapped_key.empty()) return std::optional<bool>();
  auto vault = app.vault();
  if (!vault) return vault.error();
  return std::optional<bool>((*vault)->prepare().has_value());
}

class Restore : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("file", request_.file, "The backup")->required();
    auto* move = cli.add_flag("--move", move_, "The store takes the old one's place (the default)");
    cli.add_flag("--copy", copy_, "The old store lives on; this one needs logins of its own")->excludes(move);
    cli.add_flag("-n,--dry-run", request_.dry_run, "Check the backup, change nothing");
  }

  Status run(App& app) override {
    request_.as = copy_ ? RestoreAs::copy : RestoreAs::move;
    auto report = restore(app);
    if (!report) return report.error().code == Code::interrupted ? report.error() : report.error().within("restore");
    std::optional<bool> usable;
    if (!request_.dry_run) {
      auto tried = logins_usable(app);
      if (!tried) return tried.error();
      usable = *tried;
    }
    if (app.options().json) print(app, *report, usable);
    tell(app, *report, usable);
    return {};
  }

 private:
  Result<RestoreReport> restore(App& app) {
    auto paths = app.paths();
    if (!paths) return paths.error();
    auto leases = app.leases();
    if (!leases) return leases.error();
    const auto lease = (*leases)->take(kRestoreLease, milliseconds(0), app.stop());
    if (!lease) return lease.error();
    store::SqliteStoreCopies store((*paths)->data);
    RestoreInstallation home(**paths, app.random());
    output::Progress progress(app.err(), "restore", app.shows_progress(), output::Unit::bytes);
    auto report = mailmgr::restore(request_, {store, home}, progress.bytes(), app.stop());
    if (report || report.error().code != Code::refused) return report;
    Error error = report.error();
    error.hint = fmt::format("restore into another home with --home DIR, or move this one away: mv '{0}' '{0}.old'",
                             (*paths)->data);
    return error;
  }

  void print(App& app, const RestoreReport& report, std::optional<bool> usable) const {
    nlohmann::ordered_json json;
    json["file"] = request_.file;
    json["created"] = to_rfc3339(report.manifest.created);
    json["as"] = copy_ ? "copy" : "move";
    json["dry_run"] = request_.dry_run;
    json["with_key"] = report.manifest.has_key();
    json["accounts"] = report.contents.accounts;
    json["messages"] = report.contents.messages;
    json["held"] = report.adoption.held;
    json["without_secrets"] = report.adoption.without_secrets;
    if (report.key) json["key"] = to_string(*report.key);
    if (usable) json["logins_usable"] = *usable;
    app.print_json(json);
  }

  void tell(App& app, const RestoreReport& report, std::optional<bool> usable) const {
    app.say(fmt::format("{} {}: {} accounts, {} messages, as of {}", request_.dry_run ? "would restore" : "restored",
                        request_.file, report.contents.accounts, report.contents.messages,
                        to_local_date(report.manifest.created)));
    if (report.adoption.held > 0) {
      app.say(fmt::format("{} messages of the outbox are held: the old store may have sent them since",
                          report.adoption.held));
    }
    if (report.key == KeyPlace::other) {
      app.say("another key is here already and stays; the backup's key was not used");
    }
    if (usable == false) {
      app.say("mail can be read; the logins cannot be used without their key: put it back, or log in again");
    }
    for (const auto& provider : report.adoption.without_secrets) {
      app.say(fmt::format("give provider {0} its secret again: mailmgr provider set {0} --client-secret-file FILE",
                          provider));
    }
    if (copy_ && report.contents.accounts > 0) app.say("then log in: mailmgr login --account NAME, for each account");
  }

  RestoreRequest request_;
  bool move_ = false, copy_ = false;
};

}  // namespace

std::unique_ptr<Command> make_restore() {
  return std::make_unique<Restore>();
}

}  // namespace mailmgr
