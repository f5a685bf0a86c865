// `mailmgr sync`: brings the local store up to the mailboxes. What cron and systemd run.
#include "core/flow/sync.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/account_choice.h"
#include "cmd/account_health.h"
#include "cmd/app.h"
#include "cmd/new_mail.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "cmd/person_notice.h"
#include "cmd/purges.h"
#include "cmd/report.h"
#include "cmd/sending.h"
#include "cmd/sync_runs.h"
#include "core/flow/poll_schedule.h"
#include "core/system/service_manager.h"
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
  if (report.error) json["error"] = to_json(*report.error, account.name);
  return json;
}

std::string summary(const SyncReport& report, const AccountRecord& account, bool dry_run) {
  return fmt::format(
      "{}: {}{} new, {} changed, {} deleted{}{} in {:.1f} s{}", account.name, dry_run ? "would be " : "",
      report.fetched, report.changed, report.deleted, report.failed ? fmt::format(", {} failed", report.failed) : "",
      report.remaining ? fmt::format(", {} still to come", report.remaining) : "",
      static_cast<double>(report.took.count()) / 1000.0, report.complete || dry_run ? "" : " (not complete)");
}

// What one look at all accounts found.
struct Round {
  Status status;
  bool news = false;        // something arrived, changed or went
  bool unfinished = false;  // messages are still to be fetched, and nothing stands in the way
  bool troubled = false;    // the provider or the network failed
};

class Sync : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", accounts_, "Accounts to sync, by name or address (default: all)");
    cli.add_flag("--full", full_, "List everything again; nothing that is stored is fetched twice");
    cli.add_option("--max-time", max_time_text_, "End cleanly after this time (90s, 4m, 2h); the next run goes on")
        ->check(refuse_empty);
    cli.add_option("--jobs", jobs_, "Accounts to sync at the same time (default: 4)")->check(CLI::Range(1, 64));
    cli.add_flag("--watch{5m}", watch_text_, "Go on and look again: soon while things happen, else this often");
    cli.add_flag("--skip-busy", skip_busy_, "An account that another run holds is no failure");
    cli.add_option("--wait", wait_text_, "Wait this long for another run of an account to end")->check(refuse_empty);
    cli.add_option("--tolerate", tolerate_text_,
                   "Trouble that passes is no failure while the last good sync is younger than this")
        ->check(refuse_empty);
    cli.add_option("--on-new", on_new_, "Last: a command that is given the ids of new messages, one a line")
        ->expected(1, 1 << 20);
    cli.add_option("--prometheus", prometheus_, "Write how the accounts are doing to this file, for node_exporter")
        ->check(refuse_empty);
    cli.add_flag("-n,--dry-run", dry_run_, "Tell what would arrive, change and go, and do nothing");
  }

  Status run(App& app) override {
    if (auto read = read_options(); !read) return read;
    const Stop stop = max_time_ ? app.stop().before(app.clock().monotonic() + *max_time_) : app.stop();
    return watch_ ? watch(app, stop) : look(app, stop, nullptr).status;
  }

 private:
  Status read_options() {
    for (const auto& [text, option, value] : {std::tuple{&max_time_text_, "--max-time", &max_time_},
                                              {&watch_text_, "--watch", &watch_},
                                              {&wait_text_, "--wait", &wait_},
                                              {&tolerate_text_, "--tolerate", &tolerate_}}) {
      if (text->empty()) continue;
      auto duration = parse_duration(*text);
      if (!duration) return duration.error().within(fmt::format("sync: {}", option));
      *value = *duration;
    }
    if (dry_run_ && watch_) return Error{Code::usage, "sync: --dry-run and --watch exclude each other", ""};
    return {};
  }

  // Looks again and again until it is told to stop. What goes wrong with an account is said, and tried again.
  Status watch(App& app, const Stop& stop) {
    ServiceManager manager;
    app.wait(milliseconds(0), stop);  // from now on SIGHUP asks for a look
    manager.ready();
    PollSchedule schedule(*watch_);
    while (true) {
      auto world = app.another();  // what was changed meanwhile, accounts, keys or settings, counts from now on
      if (!world) return world.error();
      manager.status("syncing");
      const Round round = look(**world, stop, &manager);
      full_ = false;  // everything was listed; from now on changes are enough
      if (stop.interrupted()) {
        manager.stopping();
        return Stop::error();
      }
      if (stop.expired(app.clock())) return {};
      const bool hopeless = !round.status && !round.status.error().reported;
      if (hopeless) return round.status;
      const auto pause = round.troubled                   ? schedule.after_error()
                         : round.news || round.unfinished ? schedule.after_news()
                                                          : schedule.after_nothing();
      manager.status(fmt::format("{}; next look in {} s", round.troubled ? "in trouble" : "up to date",
                                 std::chrono::ceil<std::chrono::seconds>(pause).count()));
      pause_for(app, pause, stop, manager);
    }
  }

  // In slices short enough for the service manager.
  static void pause_for(App& app, milliseconds pause, const Stop& stop, ServiceManager& manager) {
    const auto until = app.clock().monotonic() + pause;
    const auto end = stop.deadline() ? std::min(until, *stop.deadline()) : until;
    while (!stop.requested(app.clock())) {
      manager.alive();
      const auto left = std::chrono::ceil<milliseconds>(end - app.clock().monotonic());
      if (left <= milliseconds(0)) return;
      if (app.wait(std::min(left, manager.watchdog_interval().value_or(left)), stop)) return;
    }
  }

  Round look(App& app, const Stop& stop, ServiceManager* manager) {
    Round round;
    Outcome outcome(app);
    if (!dry_run_) finish_purges(app, outcome, stop);
    auto accounts = readable_accounts(app, accounts_, "sync");
    if (!accounts) return {accounts.error()};
    NewMail new_mail(dry_run_ ? std::vector<std::string>() : on_new_);
    if (auto begun = new_mail.begin(app, *accounts); !begun) return {begun};

    SyncChoices choices{full_, dry_run_, wait_.value_or(milliseconds(0)), static_cast<std::size_t>(jobs_)};
    if (manager && manager->watchdog_interval()) choices.alive = [manager] { manager->alive(); };
    auto listing = app.listing({{"account", "ACCOUNT"}},
                               {"email", "run", "started", "seconds", "new", "changed", "deleted", "failed",
                                "remaining", "bytes", "requests", "quota_units", "complete", "dry_run", "error"});
    if (!listing) return {listing.error()};
    const auto done = [&](const AccountRecord& account, const SyncReport& report) {
      tell(app, **listing, account, report);
      round.news |= report.fetched + report.changed + report.deleted > 0;
      round.unfinished |= !report.error && report.remaining > report.failed;
      round.troubled |= report.error && exit_class(report.error->code).code == Code::try_later;
      judge(app, account, report, outcome);
    };
    if (auto ran = run_syncs(app, *accounts, choices, stop, done); !ran) return {ran};
    // --max-time ends the syncs, not what is done about them: that would be killed half-way, run after run.
    if (auto told = new_mail.tell(app, *accounts, app.stop()); !told) outcome.add(told, "");
    if (!dry_run_) outcome.add(send_due(app, *accounts, stop), "");
    if (!prometheus_.empty()) outcome.add(write_health(app, *accounts), "");
    round.status = stop.interrupted() ? Status(Stop::error()) : outcome.status();
    return round;
  }

  // What waits in the outbox leaves with a sync, also of accounts that may only send and are not synced themselves.
  Status send_due(App& app, std::vector<AccountRecord> accounts, const Stop& stop) const {
    if (!app.check_allowed(Permission::send, "sync")) return {};
    if (accounts_.empty()) {
      auto all = app.selected_accounts();
      if (!all) return all.error();
      accounts = *std::move(all);
      std::erase_if(accounts, [](const AccountRecord& account) { return account.state != AccountState::active; });
    }
    const auto told = [&](const OutboxRow& row, const AccountRecord& account) {
      app.say(fmt::format("{}: message {} of the outbox is {}", account.name, row.id.value, to_string(row.state)));
    };
    auto sent = flush_accounts(app, accounts, told, IfBusy::pass_over, stop);
    const bool out_of_time = !sent && sent.error().code == Code::interrupted && !stop.interrupted();
    return out_of_time ? Status() : sent;
  }

  void tell(App& app, output::Listing& listing, const AccountRecord& account, const SyncReport& report) const {
    if (app.form() != output::Form::json) {
      if (report.error) return;  // which tells more than numbers that mean nothing
      const std::string line = summary(report, account, dry_run_);
      if (!dry_run_) return app.say(line);
      app.out() << output::one_line(line) << '\n' << std::flush;  // this is what was asked for
      return;
    }
    Json json = to_json(report, account);
    if (dry_run_) json["dry_run"] = true;
    (void)listing.row(json);
    app.out() << std::flush;
  }

  // What an account's run means for the exit code, and for whoever reads cron's mail.
  void judge(App& app, const AccountRecord& account, const SyncReport& report, Outcome& outcome) const {
    Status status = report.outcome();
    if (dry_run_) return outcome.add(status, account.name);
    if (!status && status.error().code == Code::busy && skip_busy_) return;
    if (!status && is_tolerated(app, account, status.error())) return;
    auto say = note_outcome(app, account, status, app.stop());
    if (!say) outcome.add(say.error(), account.name);
    if (status || (say && *say)) return outcome.add(status, account.name);
    Error quiet = status.error();
    quiet.reported = true;
    outcome.add(quiet, account.name);
  }

  bool is_tolerated(App& app, const AccountRecord& account, const Error& error) const {
    if (!tolerate_ || exit_class(error.code).code != Code::try_later) return false;
    auto mail = app.mail();
    if (!mail) return false;
    const auto history = (*mail)->runs().history(account.id);
    return history && history->last_success && app.clock().now() - *history->last_success < *tolerate_;
  }

  Status write_health(App& app, const std::vector<AccountRecord>& accounts) const {
    std::vector<std::pair<AccountRecord, AccountStatus>> states;
    for (const auto& account : accounts) {
      auto status = health_of(app, account, {});
      if (!status) return status.error();
      states.emplace_back(account, *std::move(status));
    }
    return write_metrics(app, states, prometheus_);
  }

  std::vector<std::string> accounts_, on_new_;
  bool full_ = false, skip_busy_ = false, dry_run_ = false;
  int jobs_ = 4;
  std::string max_time_text_, watch_text_, wait_text_, tolerate_text_, prometheus_;
  std::optional<milliseconds> max_time_, watch_, wait_, tolerate_;
};

}  // namespace

std::unique_ptr<Command> make_sync() {
  return std::make_unique<Sync>();
}

}  // namespace mailmgr
