// `mailmgr logout`: ends logins; accounts and mail stay.
#include "core/flow/logout.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/logout_setup.h"
#include "cmd/outcome.h"
#include "core/flow/login_forecast.h"
#include "store/store.h"

namespace mailmgr {
namespace {

class Logout : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", names_, "Names or addresses (default: the default account)");
    cli.add_flag("--all", all_, "Every account that somebody logged in to");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done");
  }

  Status run(App& app) override {
    auto chosen = choose(app);
    if (!chosen) return chosen.error();
    Outcome outcome(app);
    for (const auto& account : *chosen) outcome.add_account(log_out_one(app, account, *chosen), account.name);
    return outcome.status();
  }

 private:
  Result<std::vector<AccountRecord>> choose(App& app) {
    if (!all_ && names_.empty()) {
      auto account = app.acting_account();
      if (!account) return account.error().within("logout");
      return std::vector{*std::move(account)};
    }
    auto accounts = app.accounts();
    if (!accounts) return accounts.error();
    auto chosen = named_or_all(*accounts, names_, all_, "logout");
    if (!chosen || !all_) return chosen;
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    // What has no login of its own, or none any more, has nothing to be logged out of.
    std::vector<AccountRecord> logged_in;
    for (const auto& account : *chosen) {
      auto grant = (*tokens)->grants().find(account.grant);
      if (!grant) return grant.error();
      const bool own = *grant && !account.via && !serves_organisation((*grant)->kind);
      if (own && !(*grant)->sealed_refresh_token.empty()) logged_in.push_back(account);
    }
    return logged_in;
  }

  Status log_out_one(App& app, const AccountRecord& account, const std::vector<AccountRecord>& chosen) const {
    auto all = app.accounts();
    if (!all) return all.error();
    if (auto unused = check_unused(account, *all, chosen); !unused) return unused.error().within("logout");
    if (dry_run_ && app.options().json) return {};
    if (dry_run_) {
      app.out() << fmt::format("would log out of {}{}\n", account.name,
                               account.kind == ProviderKind::google
                                   ? ", ending every login of that person through the same Google Cloud project"
                                   : ", forgetting the tokens here");
      return {};
    }
    LogoutSetup setup(app);
    auto world = setup.world();
    if (!world) return world.error();
    auto ended = log_out(account, *world, app.stop());
    if (!ended) return ended.error();
    if (*ended != Revocation::nothing_held) app.say(describe(*ended, account));
    app.say(fmt::format("logged out of {}; its mail stays", account.name));
    return {};
  }

  std::vector<std::string> names_;
  bool all_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_logout() {
  return std::make_unique<Logout>();
}

}  // namespace mailmgr
