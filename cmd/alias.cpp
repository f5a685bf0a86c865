// `mailmgr alias`: the addresses that accounts send from.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/account_choice.h"
#include "cmd/app.h"
#include "cmd/identities.h"
#include "cmd/options.h"
#include "cmd/outcome.h"
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
    auto listing =
        app.listing({{"address", "ADDRESS", 40}, {"account", "ACCOUNT", 30}, {"state", "STATE", 9}, {"name", "NAME"}},
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
      const auto aliases = read_aliases(app, account, unproven, app.stop());
      outcome.add_item(aliases ? Status() : Status(aliases.error()), account.name);
      if (aliases) app.say(fmt::format("{}: {} addresses", account.name, aliases->size()));
    }
    return outcome.status();
  }

 private:
  std::vector<std::string> accounts_;
  bool trust_ = false, distrust_ = false;
};

}  // namespace

std::unique_ptr<Command> make_alias_list() {
  return std::make_unique<ListAliases>();
}
std::unique_ptr<Command> make_alias_sync() {
  return std::make_unique<SyncAliases>();
}

}  // namespace mailmgr
