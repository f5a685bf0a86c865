// `mailmgr account list|show|default|disconnect`.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/ask.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "core/flow/accounts.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

std::string state_of(const AccountRecord& account, const std::optional<GrantRecord>& grant) {
  if (account.state == AccountState::disconnected) return "disconnected";
  if (account.state == AccountState::paused) return "paused";
  return grant && grant->state == GrantState::active ? "ok" : "auth_required";
}

Json to_json(const AccountRecord& account, const std::optional<GrantRecord>& grant) {
  Json json;
  json["account"] = account.name;
  json["email"] = account.email;
  json["provider"] = account.provider;
  json["kind"] = to_string(account.kind);
  json["state"] = state_of(account, grant);
  json["default"] = account.is_default;
  json["since"] = account.since ? Json(to_rfc3339(*account.since)) : Json("all");
  json["connected"] = to_rfc3339(account.connected);
  if (grant) {
    json["access"] = to_string(grant->access);
    json["scopes"] = grant->scopes;
    if (grant->refresh_expires) json["auth_expires"] = to_rfc3339(*grant->refresh_expires);
    if (grant->state == GrantState::needs_login && !grant->state_reason.empty())
      json["auth_reason"] = grant->state_reason;
  }
  return json;
}

Result<std::optional<GrantRecord>> grant_of(App& app, const AccountRecord& account) {
  auto tokens = app.tokens();
  if (!tokens) return tokens.error();
  return (*tokens)->grants().find(account.grant);
}

class AccountList : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    auto listing = app.listing({{"account", "ACCOUNT"},
                                {"email", "ADDRESS", 40},
                                {"provider", "PROVIDER", 16},
                                {"state", "STATE", 14},
                                {"default", "DEFAULT", 7},
                                {"since", "SINCE", 20}},
                               {"kind", "connected", "access", "scopes", "auth_expires", "auth_reason"});
    if (!listing) return listing.error();
    for (const auto& account : *accounts) {
      auto grant = grant_of(app, account);
      if (!grant) return grant.error();
      if (!(*listing)->row(to_json(account, *grant))) break;
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
    auto grant = grant_of(app, *account);
    if (!grant) return grant.error();
    Json json = to_json(*account, *grant);
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto counts = (*mail)->sync().counts(account->id);
    if (!counts) return counts.error();
    json["messages"] = counts->messages;
    json["remaining"] = counts->remaining;
    json["failed"] = counts->failed;
    if (app.options().json) {
      app.out() << output::as_json(json) << '\n';
      return {};
    }
    for (const auto& [key, value] : json.items()) app.out() << fmt::format("{}\t{}\n", key, output::as_text(value));
    return {};
  }

 private:
  std::string name_;
};

class AccountDefault : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("account", name_, "Name or address")->required(); }

  Status run(App& app) override {
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    auto account = find_account(*accounts, name_);
    if (!account) return account.error().within("account default");
    if (account->state == AccountState::disconnected) {
      return Error{Code::refused, fmt::format("account default: {} is not connected", account->name),
                   fmt::format("mailmgr login {} --login-hint {}", account->provider, account->email)};
    }
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    if (auto set = (*tokens)->accounts().set_default(account->id); !set) return set;
    if (app.options().json) app.out() << output::as_json({{"id", account->name}, {"ok", true}}) << '\n';
    app.say(fmt::format("{} is the default account now", account->name));
    return {};
  }

 private:
  std::string name_;
};

class AccountDisconnect : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", names_, "Names or addresses");
    cli.add_flag("--all", all_, "Every account");
    cli.add_flag("--purge", purge_, "Remove the account's local mail too, for good");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done");
  }

  Status run(App& app) override {
    auto chosen = choose(app);
    if (!chosen) return chosen.error();
    if (purge_) {
      if (!dry_run_) {
        auto sure = confirm_purge(app, *chosen);
        if (!sure) return sure;
      }
    }
    Outcome outcome(app);
    for (const auto& account : *chosen) outcome.add(disconnect(app, account), account.name);
    return outcome.status();
  }

 private:
  Result<std::vector<AccountRecord>> choose(App& app) {
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    if (all_ != names_.empty()) return Error{Code::usage, "account disconnect: name accounts, or say --all"};
    if (all_) return accounts;
    std::vector<AccountRecord> chosen;
    for (const auto& name : names_) {
      auto account = find_account(*accounts, name);
      if (!account) return account.error().within("account disconnect");
      chosen.push_back(*std::move(account));
    }
    return chosen;
  }

  Status confirm_purge(App& app, const std::vector<AccountRecord>& chosen) {
    auto mail = app.mail();
    if (!mail) return mail.error();
    std::string what;
    for (const auto& account : chosen) {
      auto count = (*mail)->reader().count(account.id);
      if (!count) return count.error();
      what += fmt::format("{}{} with {} messages", what.empty() ? "" : ", ", account.name, *count);
    }
    return confirm(app, fmt::format("Remove {} from this machine for good?", what), "account disconnect --purge");
  }

  Status disconnect(App& app, const AccountRecord& account) {
    const std::string what =
        fmt::format("{}{}", account.name, purge_ ? ", with its local mail" : ", keeping its local mail");
    if (dry_run_) {
      app.out() << fmt::format("would disconnect {}\n", what);
      return {};
    }
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto leases = app.leases();
    if (!leases) return leases.error();
    auto done = disconnect_account(account, purge_, (*tokens)->accounts(), (*tokens)->grants(), (*mail)->sync(),
                                   **leases, app.stop());
    if (!done) return done;
    if (app.options().json) app.out() << output::as_json({{"id", account.name}, {"ok", true}}) << '\n';
    app.say("disconnected " + what);
    return {};
  }

  std::vector<std::string> names_;
  bool all_ = false, purge_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_account_list() {
  return std::make_unique<AccountList>();
}
std::unique_ptr<Command> make_account_show() {
  return std::make_unique<AccountShow>();
}
std::unique_ptr<Command> make_account_default() {
  return std::make_unique<AccountDefault>();
}
std::unique_ptr<Command> make_account_disconnect() {
  return std::make_unique<AccountDisconnect>();
}

}  // namespace mailmgr
