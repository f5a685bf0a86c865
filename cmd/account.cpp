// `mailmgr account list|show`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/account_json.h"
#include "cmd/app.h"
#include "core/flow/accounts.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

// The account as JSON, with what is known of its login.
Result<Json> described(App& app, const AccountRecord& account) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  auto grant = (*tokens)->grants().find(account.grant);
  if (!grant) return grant.error();
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  return to_json(account, *accounts, *grant, forecast_login(*grant, provider_spec(account.kind), app.clock().now()));
}

std::string since(const Json& row) {
  return output::local_time(row, "since");
}

class AccountList : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    auto listing = app.listing({{"account", "ACCOUNT"},
                                {"email", "ADDRESS", 40},
                                {"provider", "PROVIDER", 16, false, nullptr, 1},
                                {"state", "STATE", 14},
                                {"default", "DEFAULT", 7, false, nullptr, 2},
                                {"since", "SINCE", 16, false, since, 3}},
                               {"kind", "include", "exclude", "sender_name", "via", "connected", "access", "scopes",
                                "auth_expires", "auth_reason"});
    if (!listing) return listing.error();
    for (const auto& account : *accounts) {
      auto row = described(app, account);
      if (!row) return row.error();
      if (!(*listing)->row(*row)) break;
    }
    if (accounts->empty()) app.say("no account is connected yet; start with: mailmgr login");
    return accounts->empty() && app.options().fail_empty
               ? Status(Error{Code::not_found, "no account is connected", "mailmgr login"})
               : Status();
  }
};

class AccountShow : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("account", name_, "Name or address (default: the default account)");
  }

  Status run(App& app) override {
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    if (name_.empty() && app.options().accounts.size() == 1) name_ = app.options().accounts.front();
    auto account = name_.empty() ? default_account(*accounts) : find_account(*accounts, name_);
    if (!account) return account.error().within("account show");
    auto shown = described(app, *account);
    if (!shown) return shown.error();
    Json json = *std::move(shown);
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto counts = (*mail)->sync().counts(account->id);
    if (!counts) return counts.error();
    json["messages"] = counts->messages;
    json["remaining"] = counts->remaining;
    json["failed"] = counts->failed;
    if (app.options().json) {
      app.print_json(json);
      return {};
    }
    for (const auto& [key, value] : json.items()) app.out() << fmt::format("{}\t{}\n", key, output::as_text(value));
    return {};
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_account_list() {
  return std::make_unique<AccountList>();
}
std::unique_ptr<Command> make_account_show() {
  return std::make_unique<AccountShow>();
}

}  // namespace mailmgr
