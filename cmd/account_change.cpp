// `mailmgr account set|rename|default`.
#include "core/flow/account_change.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cmd/app.h"
#include "cmd/output/listing.h"
#include "core/flow/accounts.h"
#include "store/store.h"

namespace mailmgr {
namespace {

// What is left to do once an account was found and changed.
Status changed(App& app, const AccountRecord& account, std::string_view words) {
  if (app.options().json) app.print_json({{"id", account.name}, {"ok", true}});
  app.say(words);
  return {};
}

Result<AccountRecord> named(App& app, const std::string& name, std::string_view command) {
  auto accounts = app.accounts();
  if (!accounts) return accounts.error();
  auto account = find_account(*accounts, name);
  if (!account) return account.error().within(command);
  return account;
}

// The names given to a repeatable option; one empty name takes back what was set before.
std::optional<std::vector<std::string>> names_of(const CLI::Option& option, std::vector<std::string> given) {
  if (option.count() == 0) return std::nullopt;
  if (given.size() == 1 && given.front().empty()) given.clear();
  return given;
}

class AccountSet : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("account", name_, "Name or address")->required();
    cli.add_option("--since", since_, "Sync mail received since this DATE (2026-01-31, 90d, all)");
    includes_ = add_repeated(cli, "--include", include_, "Sync only these folders and labels; '' for all");
    excludes_ = add_repeated(cli, "--exclude", exclude_, "Do not sync these folders and labels; '' for none");
    cli.add_option("--sender-name", change_.sender_name, "The name shown beside the address on mail from here");
    auto* paused = cli.add_flag("--paused", paused_, "Leave the account out of sync until it is named or active again");
    cli.add_flag("--active", active_, "Undo --paused")->excludes(paused);
  }

  Status run(App& app) override {
    auto account = named(app, name_, "account set");
    if (!account) return account.error();
    if (auto read = read_options(app); !read) return read;
    auto mail = app.mail();
    if (!mail) return mail.error();
    auto position = (*mail)->sync().position(account->id);
    if (!position) return position.error();
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    auto set = change_account(*account, change_, position->folders, (*tokens)->accounts());
    if (!set) return set.error().within("account set");
    const bool rescoped =
        set->since != account->since || set->include != account->include || set->exclude != account->exclude;
    return changed(app, *set,
                   rescoped ? fmt::format("changed {}; the next sync lists its mailbox again and fetches what is "
                                          "missing, and mail that is stored stays",
                                          set->name)
                            : "changed " + set->name);
  }

 private:
  Status read_options(App& app) {
    change_.include = names_of(*includes_, include_);
    change_.exclude = names_of(*excludes_, exclude_);
    if (paused_ || active_) change_.paused = paused_;
    if (!since_.empty()) {
      auto since = parse_date(since_, app.clock().now());
      if (!since) return since.error().within("account set: --since");
      change_.since = *since;
      change_.set_since = true;
    }
    const bool nothing =
        !change_.set_since && !change_.include && !change_.exclude && !change_.sender_name && !change_.paused;
    return nothing
               ? Status(Error{Code::usage, "account set: nothing to change was given", "mailmgr account set --help"})
               : Status();
  }

  std::string name_, since_;
  std::vector<std::string> include_, exclude_;
  CLI::Option* includes_ = nullptr;
  CLI::Option* excludes_ = nullptr;
  bool paused_ = false, active_ = false;
  AccountChange change_;
};

class AccountRename : public Command {
 public:
  void attach(CLI::App& cli) override {
    cli.add_option("account", old_, "The account's name or address")->required();
    cli.add_option("name", new_, "Its new name")->required();
  }

  Status run(App& app) override {
    auto account = named(app, old_, "account rename");
    if (!account) return account.error();
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    auto renamed = rename_account(*account, new_, (*tokens)->accounts());
    if (!renamed) return renamed.error().within("account rename");
    return changed(app, *renamed, fmt::format("{} is called {} now", account->name, renamed->name));
  }

 private:
  std::string old_, new_;
};

class AccountDefault : public Command {
 public:
  void attach(CLI::App& cli) override { cli.add_option("account", name_, "Name or address")->required(); }

  Status run(App& app) override {
    auto account = named(app, name_, "account default");
    if (!account) return account.error();
    if (account->state == AccountState::disconnected) {
      return Error{Code::refused, fmt::format("account default: {} is not connected", account->name),
                   fmt::format("mailmgr login {} --login-hint {}", account->provider, account->email)};
    }
    auto tokens = app.tokens();
    if (!tokens) return tokens.error();
    if (auto set = (*tokens)->accounts().set_default(account->id); !set) return set;
    return changed(app, *account, fmt::format("{} is the default account now", account->name));
  }

 private:
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> make_account_set() {
  return std::make_unique<AccountSet>();
}
std::unique_ptr<Command> make_account_rename() {
  return std::make_unique<AccountRename>();
}
std::unique_ptr<Command> make_account_default() {
  return std::make_unique<AccountDefault>();
}

}  // namespace mailmgr
