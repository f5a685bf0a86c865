// `mailmgr alias`: the addresses that accounts send from.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/account_choice.h"
#include "cmd/app.h"
#include "cmd/identities.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "core/base/encoding.h"
#include "store/store.h"

namespace mailmgr {
namespace {

using Json = nlohmann::ordered_json;

std::string_view state_word(IdentityState state) {
  constexpr std::string_view kWords[] = {"usable", "pending", "unproven"};
  return kWords[static_cast<int>(state)];
}

Json alias_json(const Alias& alias, const std::string& account) {
  Json json{{"address", alias.email},           {"account", account},          {"name", alias.name},
            {"state", state_word(alias.state)}, {"primary", alias.is_primary}, {"default", alias.is_default}};
  if (!alias.reply_to.empty()) json["reply_to"] = alias.reply_to;
  return json;
}

class ListAliases : public Command {
 public:
  void attach(CLI::App&) override {}

  Status run(App& app) override {
    auto accounts = app.selected_accounts();
    if (!accounts) return accounts.error();
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto aliases = (*mail)->aliases().list();
    if (!aliases) return aliases.error();
    auto listing = app.listing({{"address", "ADDRESS", 40},
                                {"account", "ACCOUNT", 30, false, nullptr, 1},
                                {"state", "STATE", 9},
                                {"name", "NAME"}},
                               {"primary", "default", "reply_to"});
    if (!listing) return listing.error();
    for (const auto& account : *accounts) {
      for (const auto& alias : *aliases) {
        if (alias.account == account.id && !(*listing)->row(alias_json(alias, account.name))) return {};
      }
    }
    (*listing)->finish();
    return check_found(app, (*listing)->rows());
  }
};

class SyncAliases : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", accounts_, "Accounts (default: all)");
    auto* trust = cli.add_flag("--trust", trust_,
                               "Microsoft: your administrator lets mail come from the mailbox's other addresses");
    cli.add_flag("--distrust", distrust_, "Take that back")->excludes(trust);
    cli.add_flag("-n,--dry-run", dry_run_, "Ask, and say what would be other than it is here");
  }

  Status run(App& app) override {
    if (trust_ || distrust_) {
      auto allowed = app.check_allowed(Permission::administer, "alias sync --trust");
      if (!allowed) return allowed;
    }
    auto accounts = chosen_accounts(app, accounts_, "alias sync", [](const AccountRecord& account) {
      return account.state != AccountState::disconnected;
    });
    if (!accounts) return accounts.error();
    const auto unproven = trust_ ? Unproven::trust : distrust_ ? Unproven::distrust : Unproven::keep;
    Outcome outcome(app);
    for (const auto& account : *accounts) {
      if (app.stop().interrupted()) return Stop::error();
      outcome.add_account(read(app, account, unproven), account.name);
    }
    return outcome.status();
  }

 private:
  Status read(App& app, const AccountRecord& account, Unproven unproven) const {
    auto mail = app.mail();
    if (!mail) return mail.error();
    const auto before = (*mail)->aliases().list();
    if (!before) return before.error();
    const auto aliases = read_aliases(app, account, unproven, app.stop(), dry_run_);
    if (!aliases) return aliases.error();
    if (!dry_run_) {
      app.say(fmt::format("{}: {} addresses", account.name, aliases->size()));
    } else if (!app.options().json) {
      tell_changes(app, account, *before, *aliases);
    }
    return {};
  }

  // `before`: of all accounts.
  static void tell_changes(App& app, const AccountRecord& account, const std::vector<Alias>& before,
                           const std::vector<Alias>& after) {
    const auto find = [&](const std::vector<Alias>& aliases, const Alias& wanted) {
      return std::find_if(aliases.begin(), aliases.end(), [&](const Alias& alias) {
        return alias.account == account.id && equals_ignoring_ascii_case(alias.email, wanted.email);
      });
    };
    const auto tell = [&](std::string_view what, const Alias& alias) {
      app.out() << fmt::format("would {} {} of {} ({})\n", what, output::one_line(alias.email),
                               output::one_line(account.name), state_word(alias.state));
    };
    for (const auto& alias : after) {
      const auto known = find(before, alias);
      if (known == before.end()) tell("add", alias);
      if (known != before.end() && *known != alias) tell("change", alias);
    }
    for (const auto& alias : before) {
      if (alias.account == account.id && find(after, alias) == after.end()) tell("remove", alias);
    }
  }

  std::vector<std::string> accounts_;
  bool trust_ = false, distrust_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_alias_list() {
  return std::make_unique<ListAliases>();
}
std::unique_ptr<Command> make_alias_sync() {
  return std::make_unique<SyncAliases>();
}

}  // namespace mailmgr
