// `mailmgr sync`: brings the local store up to the mailboxes. What cron runs.
#include "core/flow/sync.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/outcome.h"
#include "cmd/output/progress.h"
#include "core/flow/access.h"
#include "core/flow/accounts.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const SyncReport& report, const AccountRecord& account) {
  Json json;
  json["account"] = account.name;
  json["email"] = account.email;
  json["run"] = report.run.value;
  json["started"] = to_rfc3339(report.started);
  json["seconds"] = static_cast<double>(report.took.count()) / 1000.0;
  json["new"] = report.fetched;
  json["changed"] = report.changed;
  json["deleted"] = report.deleted;
  json["failed"] = report.failed;
  json["remaining"] = report.remaining;
  json["bytes"] = report.bytes;
  json["requests"] = report.usage.requests;
  json["quota_units"] = report.usage.quota_units;
  json["complete"] = report.complete;
  if (report.error) {
    json["error"] = {{"code", exit_class(report.error->code).name},
                     {"message", report.error->message},
                     {"hint", report.error->hint}};
  }
  return json;
}

std::string summary(const SyncReport& report, const AccountRecord& account) {
  return fmt::format("{}: {} new, {} changed, {} deleted{}{} in {:.1f} s{}", account.name, report.fetched,
                     report.changed, report.deleted, report.failed ? fmt::format(", {} failed", report.failed) : "",
                     report.remaining ? fmt::format(", {} still to come", report.remaining) : "",
                     static_cast<double>(report.took.count()) / 1000.0, report.complete ? "" : " (not complete)");
}

bool is_any_active(const std::vector<AccountRecord>& accounts) {
  return std::any_of(accounts.begin(), accounts.end(),
                     [](const AccountRecord& account) { return account.state == AccountState::active; });
}

class Sync : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", accounts_, "Accounts to sync, by name or address (default: all)");
    cli.add_flag("--full", full_, "List everything again; nothing that is stored is fetched twice");
    cli.add_option("--max-time", max_time_, "End cleanly after this time (90s, 4m, 2h); the next run goes on");
  }

  Status run(App& app) override {
    std::optional<Monotonic> deadline;
    if (!max_time_.empty()) {
      auto duration = parse_duration(max_time_);
      if (!duration) return duration.error().within("sync: --max-time");
      deadline = app.clock().monotonic() + *duration;
    }
    const Stop stop = deadline ? app.stop().before(*deadline) : app.stop();
    auto selected = select(app);
    if (!selected) return selected.error();
    if (selected->empty() && !is_any_active(*app.accounts())) {
      return Error{Code::not_found, "sync: no account is connected", "mailmgr login"};
    }

    Outcome outcome(app);
    for (const auto& account : *selected) {
      if (stop.interrupted()) return Stop::error();
      outcome.add(sync_one(app, account, stop), account.name);
    }
    return outcome.status();
  }

 private:
  // Those named, or all that are active.
  Result<std::vector<AccountRecord>> select(App& app) {
    auto all = app.accounts();
    if (!all) return all.error();
    std::vector<std::string> named = accounts_;
    named.insert(named.end(), app.options().accounts.begin(), app.options().accounts.end());
    std::vector<AccountRecord> selected;
    for (const auto& name : named) {
      auto account = find_account(*all, name);
      if (!account) return account.error().within("sync");
      if (account->state == AccountState::disconnected) {
        return Error{Code::refused, fmt::format("sync: {} is not connected any more", account->name),
                     fmt::format("mailmgr login {} --login-hint {}", account->provider, account->email)};
      }
      selected.push_back(*std::move(account));
    }
    if (!named.empty()) return selected;
    for (const auto& account : *all) {
      if (account.state != AccountState::active) continue;
      auto reads = may_read(app, account);
      if (!reads) return reads.error();
      if (*reads) selected.push_back(account);
    }
    return selected;
  }

  // An account whose login was made for sending alone is no failure of a sync of all.
  static Result<bool> may_read(App& app, const AccountRecord& account) {
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    const auto grant = (*tokens)->grants().find(account.grant);
    if (!grant) return grant.error();
    const bool reads = !*grant || permits((*grant)->access, Permission::read);
    if (!reads && app.options().verbose > 0) {
      app.say(fmt::format("{}: skipped, its login allows {} only", account.name, to_string((*grant)->access)));
    }
    return reads;
  }

  Status sync_one(App& app, const AccountRecord& account, const Stop& stop) {
    SyncReport report = sync_report(app, account, stop);
    if (app.form() == output::Form::json) {
      app.out() << output::as_json(to_json(report, account)) << '\n' << std::flush;
    } else {
      app.say(summary(report, account));
    }
    return report.outcome();
  }

  SyncReport sync_report(App& app, const AccountRecord& account, const Stop& stop) {
    SyncReport failed;
    failed.account = account.id;
    failed.started = app.clock().now();
    auto mail = app.mail();
    auto leases = app.leases();
    auto connection = app.connect(account);
    for (const Error* error : {mail ? nullptr : &mail.error(), leases ? nullptr : &leases.error(),
                               connection ? nullptr : &connection.error()}) {
      if (!error) continue;
      failed.error = *error;
      return failed;
    }
    if (auto reads = check_access(account, connection->grant.access, Permission::read, "syncing"); !reads) {
      failed.error = reads.error();
      return failed;
    }
    SyncRequest request{
        account.id, {account.since, account.include, account.exclude}, full_, connection->spec->snapshots_streams};
    SyncWorld world{*connection->mailbox, (*mail)->sync(), **leases, app.clock(), *connection->usage};
    output::Progress progress(app.err(), account.name, app.shows_progress());
    return sync_account(
        request, world, [&](const SyncReport& report) { progress.show(report.fetched, report.remaining); }, stop);
  }

  std::vector<std::string> accounts_;
  bool full_ = false;
  std::string max_time_;
};

}  // namespace

std::unique_ptr<Command> make_sync() {
  return std::make_unique<Sync>();
}

}  // namespace mailmgr
