// `mailmgr status`: how the accounts are doing, for people and for whatever watches over this machine.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/account_json.h"
#include "cmd/app.h"
#include "cmd/outcome.h"
#include "core/flow/account_status.h"
#include "core/flow/accounts.h"
#include "providers/registry.h"
#include "store/store.h"

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
  if (status.error) {
    json["error"] = {{"code", exit_class(status.error->code).name}, {"message", status.error->message}};
  }
  return json;
}

class ShowStatus : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", accounts_, "Accounts, by name or address (default: all that are connected)");
    cli.add_option("--max-lag", max_lag_, "Exit 8 when the last good sync is longer ago than this time (30m, 2h)");
    cli.add_option("--expires-within", expires_within_, "Exit 4 when a login ends within this time (7d)");
  }

  Status run(App& app) override {
    if (auto read = read_options(); !read) return read;
    auto selected = select(app);
    if (!selected) return selected.error();
    if (selected->empty()) return Error{Code::not_found, "status: no account is connected", "mailmgr login"};
    auto listing = app.listing({{"account", "ACCOUNT"},
                                {"state", "STATE", 14},
                                {"last_ok", "LAST GOOD SYNC", 20},
                                {"messages", "MESSAGES", 10, true},
                                {"unread", "UNREAD", 8, true},
                                {"remaining", "TO COME", 8, true},
                                {"auth_expires", "LOGIN ENDS", 20}},
                               {"email", "provider", "lag_seconds", "complete", "outbox_queued", "outbox_failed",
                                "outbox_unknown", "auth_reason", "error"});
    if (!listing) return listing.error();
    std::vector<Error> found;
    for (const auto& account : *selected) {
      auto status = status_of(app, account);
      if (!status) return status.error().within("status");
      if (!(*listing)->row(to_json(account, *status))) break;
      for (auto& trouble : troubles(account, *status, limits_, app.clock().now())) found.push_back(std::move(trouble));
    }
    (*listing)->finish();
    Outcome outcome(app);
    for (const auto& trouble : found) outcome.add(trouble, trouble.account);
    return outcome.status();
  }

 private:
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

  Result<std::vector<AccountRecord>> select(App& app) {
    auto all = app.accounts();
    if (!all) return all.error();
    std::vector<std::string> named = accounts_;
    named.insert(named.end(), app.options().accounts.begin(), app.options().accounts.end());
    std::vector<AccountRecord> selected;
    for (const auto& name : named) {
      auto account = find_account(*all, name);
      if (!account) return account.error().within("status");
      selected.push_back(*std::move(account));
    }
    if (!named.empty()) return selected;
    std::copy_if(all->begin(), all->end(), std::back_inserter(selected),
                 [](const AccountRecord& a) { return a.state != AccountState::disconnected; });
    return selected;
  }

  Result<AccountStatus> status_of(App& app, const AccountRecord& account) const {
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto grant = (*tokens)->grants().find(account.grant);
    if (!grant) return grant.error();
    const StatusWorld world{(*mail)->sync(), (*mail)->outbox(), (*mail)->reader()};
    return account_status(account, *grant, provider_spec(account.kind), limits_, world, app.clock().now());
  }

  std::vector<std::string> accounts_;
  std::string max_lag_, expires_within_;
  StatusLimits limits_;
};

}  // namespace

std::unique_ptr<Command> make_status() {
  return std::make_unique<ShowStatus>();
}

}  // namespace mailmgr
