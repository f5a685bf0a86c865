// `mailmgr status`: how the accounts are doing, for people and for whatever watches over this machine.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/account_choice.h"
#include "cmd/account_health.h"
#include "cmd/account_json.h"
#include "cmd/app.h"
#include "cmd/outcome.h"
#include "cmd/report.h"
#include "core/flow/account_status.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const AccountRecord& account, const AccountStatus& status) {
  Json json;
  json["account"] = account.name;
  json["email"] = account.email;
  json["provider"] = account.provider;
  json["state"] = to_string(status.health);
  json["last_ok"] = status.last_ok ? Json(to_rfc3339(*status.last_ok)) : Json();
  json["lag_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(status.lag).count();
  json["messages"] = status.counts.messages;
  json["unread"] = status.unread;
  json["remaining"] = status.counts.remaining;
  json["complete"] = status.complete;
  json["outbox_queued"] = status.outbox_queued;
  json["outbox_failed"] = status.outbox_failed;
  json["outbox_unknown"] = status.outbox_unknown;
  if (account.state != AccountState::disconnected) add_forecast(json, status.login);
  if (status.error) json["error"] = to_json(*status.error, account.name);
  return json;
}

std::string last_good(const Json& row) {
  return output::local_time(row, "last_ok");
}
std::string login_end(const Json& row) {
  return output::local_time(row, "auth_expires");
}

class ShowStatus : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", accounts_, "Accounts, by name or address (default: all that are connected)");
    cli.add_option("--max-lag", max_lag_, "Exit 8 when the last good sync is longer ago than this time (30m, 2h)")
        ->check(refuse_empty);
    cli.add_option("--expires-within", expires_within_, "Exit 4 when a login ends within this time (7d)")
        ->check(refuse_empty);
    cli.add_option("--prometheus", prometheus_,
                   "Write it to this file too, for node_exporter's textfile collector; -: to standard output, alone")
        ->check(refuse_empty);
  }

  Status run(App& app) override {
    if (auto read = read_options(); !read) return read;
    auto selected = chosen_accounts(app, accounts_, "status", [](const AccountRecord& account) {
      return account.state != AccountState::disconnected;
    });
    if (!selected) return selected.error();
    if (prometheus_ == "-") return tell(app, *selected, nullptr);
    auto listing = app.listing({{"account", "ACCOUNT"},
                                {"state", "STATE", 14},
                                {"last_ok", "LAST GOOD SYNC", 16, false, last_good},
                                {"messages", "MESSAGES", 10, true},
                                {"unread", "UNREAD", 8, true, nullptr, 3},
                                {"remaining", "TO COME", 8, true, nullptr, 2},
                                {"auth_expires", "LOGIN ENDS", 16, false, login_end, 1}},
                               {"email", "provider", "lag_seconds", "complete", "outbox_queued", "outbox_failed",
                                "outbox_unknown", "auth_reason", "error"});
    if (!listing) return listing.error();
    return tell(app, *selected, listing->get());
  }

 private:
  // The rows, where somebody reads them; the metrics, where they are asked for; and what is wrong.
  Status tell(App& app, const std::vector<AccountRecord>& accounts, output::Listing* listing) {
    std::vector<std::pair<AccountRecord, AccountStatus>> states;
    std::vector<Error> found;
    for (const auto& account : accounts) {
      auto status = health_of(app, account, limits_);
      if (!status) return status.error().within("status");
      if (listing && !listing->row(to_json(account, *status))) listing = nullptr;
      for (auto& trouble : troubles(account, *status, limits_, app.clock().now())) found.push_back(std::move(trouble));
      states.emplace_back(account, *std::move(status));
    }
    if (listing) listing->finish();
    Outcome outcome(app);
    if (!prometheus_.empty()) outcome.add(write_metrics(app, states, prometheus_), "");
    for (const auto& trouble : found) outcome.add(trouble, trouble.account);
    return outcome.status();
  }

  Status read_options() {
    for (const auto& [text, option, limit] : {std::tuple{&max_lag_, "--max-lag", &limits_.max_lag},
                                              {&expires_within_, "--expires-within", &limits_.expires_within}}) {
      if (text->empty()) continue;
      auto duration = parse_duration(*text);
      if (!duration) return duration.error().within(fmt::format("status: {}", option));
      *limit = *duration;
    }
    return {};
  }

  std::vector<std::string> accounts_;
  std::string max_lag_, expires_within_, prometheus_;
  StatusLimits limits_;
};

}  // namespace

std::unique_ptr<Command> make_status() {
  return std::make_unique<ShowStatus>();
}

}  // namespace mailmgr
