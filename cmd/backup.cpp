// `mailmgr backup`: the whole store in one file, while it is in use.
#include "core/flow/backup.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "cmd/output/progress.h"
#include "core/system/paths.h"
#include "core/system/work_folder.h"
#include "store/store_copies.h"

namespace mailmgr {
namespace {

class Backup : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("--output", request_.output, "The backup's file")->required();
    cli.add_flag("--with-key", request_.with_key, "Put the key inside: whoever has the file has the logins");
    cli.add_flag("--force", request_.replace, "Replace a file of that name");
  }

  Status run(App& app) override {
    if (request_.output == "-") {
      return Error{Code::usage,
                   "backup: standard output is no place for a backup: one that was cut short looks like a whole one",
                   "mailmgr backup --output FILE, then copy the file"};
    }
    auto report = back_up(app);
    if (!report) return report.error().code == Code::interrupted ? report.error() : report.error().within("backup");
    std::error_code unknown;
    const auto bytes = std::filesystem::file_size(request_.output, unknown);
    if (app.options().json) {
      nlohmann::ordered_json json;
      json["file"] = request_.output;
      json["created"] = to_rfc3339(report->manifest.created);
      json["bytes"] = bytes;
      json["with_key"] = report->manifest.has_key();
      json["accounts"] = report->contents.accounts;
      json["messages"] = report->contents.messages;
      app.print_json(json);
    }
    app.say(fmt::format("{}: {} accounts, {} messages, {:.1f} MB, {}", request_.output, report->contents.accounts,
                        report->contents.messages, static_cast<double>(bytes) / 1e6,
                        request_.with_key ? "with the key: keep it where nobody else can read it"
                                          : "without the key: keep that elsewhere"));
    return {};
  }

 private:
  Result<BackupReport> back_up(App& app) {
    auto paths = app.paths();
    if (!paths) return paths.error();
    auto leases = app.leases();
    if (!leases) return leases.error();
    auto keys = app.keys();
    if (!keys) return keys.error();
    const auto lease = (*leases)->take("backup", milliseconds(0), app.stop());
    if (!lease) return lease.error();
    auto work = WorkFolder::make((*paths)->data + "/backup.partial");
    if (!work) return work.error();
    request_.work_folder = work->path();
    request_.program = "mailmgr " MAILMGR_VERSION;
    store::SqliteStoreCopies store((*paths)->data);
    output::Progress progress(app.err(), "backup", app.shows_progress(), output::Unit::bytes);
    return mailmgr::back_up(request_, {store, **keys, app.clock()}, progress.bytes(), app.stop());
  }

  BackupRequest request_;
};

}  // namespace

std::unique_ptr<Command> make_backup() {
  return std::make_unique<Backup>();
}

}  // namespace mailmgr
