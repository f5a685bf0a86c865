// `mailmgr verify`: proves that the store equals the mailboxes, or tells where it does not.
#include "core/flow/verify.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/account_choice.h"
#include "cmd/app.h"
#include "cmd/outcome.h"
#include "cmd/output/progress.h"
#include "cmd/report.h"
#include "core/flow/access.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Difference& difference, const AccountRecord& account) {
  Json json;
  json["account"] = account.name;
  json["difference"] = to_string(difference.kind);
  if (difference.message.value != 0) json["id"] = difference.message.value;
  if (!difference.remote_id.value.empty()) json["remote_id"] = difference.remote_id.value;
  json["detail"] = difference.detail;
  return json;
}

Json to_json(const VerifyReport& report, const AccountRecord& account) {
  Json json;
  json["account"] = account.name;
  json["email"] = account.email;
  json["run"] = report.run.value;
  json["started"] = to_rfc3339(report.started);
  json["seconds"] = static_cast<double>(report.took.count()) / 1000.0;
  json["compared"] = report.compared;
  json["contents"] = report.contents;
  json["differences"] = report.differences;
  json["repaired"] = report.repaired;
  json["remaining"] = report.remaining;
  json["requests"] = report.usage.requests;
  json["quota_units"] = report.usage.quota_units;
  json["complete"] = report.complete;
  if (report.error) json["error"] = to_json(*report.error, account.name);
  return json;
}

std::string summary(const VerifyReport& report, const AccountRecord& account) {
  return fmt::format("{}: {} messages compared{}, {} differences{}{} in {:.1f} s", account.name, report.compared,
                     report.contents ? fmt::format(" ({} with their content)", report.contents) : "",
                     report.differences, report.repaired ? fmt::format(", {} repaired", report.repaired) : "",
                     report.remaining ? fmt::format(", {} still to come", report.remaining) : "",
                     static_cast<double>(report.took.count()) / 1000.0);
}

class Verify : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", accounts_, "Accounts to verify, by name or address (default: all)");
    cli.add_flag("--deep", deep_, "Compare the messages' content too, where the provider's bytes are stable");
    cli.add_flag("--repair", repair_, "Make the store equal to the mailbox where they differ");
  }

  Status run(App& app) override {
    auto accounts = readable_accounts(app, accounts_, "verify");
    if (!accounts) return accounts.error();
    auto listing = app.listing({{"id", "ID", 10, true},
                                {"account", "ACCOUNT", 30},
                                {"difference", "DIFFERENCE", 10},
                                {"remote_id", "REMOTE ID", 24},
                                {"detail", "DETAIL"}},
                               {"email", "run", "started", "seconds", "compared", "contents", "differences", "repaired",
                                "remaining", "requests", "quota_units", "complete", "error"});
    if (!listing) return listing.error();
    Outcome outcome(app);
    for (const auto& account : *accounts) {
      if (app.stop().interrupted()) return Stop::error();
      const bool store = account.id == accounts->front().id;  // the accounts share it
      outcome.add(verify_one(app, **listing, account, store), account.name);
    }
    (*listing)->finish();
    return outcome.status();
  }

 private:
  Status verify_one(App& app, output::Listing& listing, const AccountRecord& account, bool store) const {
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto leases = app.leases();
    if (!leases) return leases.error();
    auto connection = app.connect(account);
    if (!connection) return connection.error();
    if (auto reads = check_access(account, connection->grant.access, Permission::read, "verifying"); !reads) {
      return reads;
    }
    const VerifyRequest request{
        {account.id, {account.since, account.include, account.exclude}, false, connection->spec->snapshots_streams},
        deep_,
        connection->spec->stable_bytes,
        repair_,
        store};
    const VerifyWorld world{
        {*connection->mailbox, (*mail)->sync(), (*mail)->runs(), **leases, app.clock(), *connection->usage},
        (*mail)->inventory(),
        (*mail)->reader()};
    output::Progress progress(app.err(), account.name, app.shows_progress());
    const auto report = verify_account(
        request, world, [&](const Difference& difference) { tell(app, listing, account, difference); },
        [&](const SyncReport& sofar) { progress.show(sofar.fetched, 0); }, app.stop());
    if (app.form() == output::Form::json) {
      (void)listing.row(to_json(report, account));
      app.out() << std::flush;
    } else {
      app.say(summary(report, account));
    }
    return report.outcome();
  }

  static void tell(App& app, output::Listing& listing, const AccountRecord& account, const Difference& difference) {
    if (app.form() == output::Form::ids && difference.message.value == 0) return;
    (void)listing.row(to_json(difference, account));
  }

  std::vector<std::string> accounts_;
  bool deep_ = false, repair_ = false;
};

}  // namespace

std::unique_ptr<Command> make_verify() {
  return std::make_unique<Verify>();
}

}  // namespace mailmgr
