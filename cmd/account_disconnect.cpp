// `mailmgr account disconnect`: stops using a mailbox, and removes every trace of it when asked to.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cmd/ask.h"
#include "cmd/local_draft.h"
#include "cmd/logout_setup.h"
#include "cmd/outcome.h"
#include "cmd/output/terminal.h"
#include "core/flow/disconnect.h"
#include "store/store.h"

namespace mailmgr {
namespace {

class AccountDisconnect : public Command {
 public:
  void attach(CLI::App& cli) override {
    add_operands(cli, "account", names_, "Names or addresses");
    cli.add_flag("--all", all_, "Every account");
    cli.add_flag("--purge", purge_, "Remove the account's local mail too, for good");
    cli.add_flag("--revoke", revoke_, "End the login at the provider too, as logout does");
    cli.add_flag("-n,--dry-run", dry_run_, "Say what would be done");
  }

  Status run(App& app) override {
    auto there = app.accounts();
    if (!there) return there.error();
    if (purge_) {
      auto tokens = app.tokens();
      if (!tokens) return tokens.error();
      auto purging = (*tokens)->accounts().purging();  // by a command that was cut off
      if (!purging) return purging.error();
      there->insert(there->end(), purging->begin(), purging->end());
    }
    auto chosen = named_or_all(*there, names_, all_, "account disconnect");
    if (!chosen) return chosen.error();
    // Whoever is reached through another's login goes before that one.
    std::stable_partition(chosen->begin(), chosen->end(), [](const AccountRecord& a) { return a.via.has_value(); });
    if (purge_) {
      recover_local_drafts(app);  // so that nothing of them stays beside the store
      if (auto sure = confirm_purge(app, *chosen); !sure) return sure;
    }
    Outcome outcome(app);
    for (const auto& account : *chosen) outcome.add_account(disconnect(app, account, *chosen), account.name);
    return outcome.status();
  }

 private:
  Status confirm_purge(App& app, const std::vector<AccountRecord>& chosen) {
    auto mail = app.mail();
    if (!mail) return mail.error();
    std::string what;
    for (const auto& account : chosen) {
      auto count = (*mail)->reader().count(account.id);
      if (!count) return count.error();
      what += fmt::format("{}{} with {} messages", what.empty() ? "" : ", ", account.name, *count);
      auto unsent = (*mail)->outbox().rows({.account = account.id, .unsent = true});
      if (!unsent) return unsent.error();
      for (const auto& row : *unsent) {
        app.err() << fmt::format("not sent ({}): \"{}\" to {}\n", to_string(row.state), output::one_line(row.subject),
                                 output::one_line(fmt::format("{}", fmt::join(row.recipients, ", "))));
      }
    }
    if (dry_run_) return {};
    return confirm(app, fmt::format("Remove {} from this machine for good?", what), "account disconnect --purge");
  }

  Status disconnect(App& app, const AccountRecord& account, const std::vector<AccountRecord>& chosen) {
    const std::string what = fmt::format("{}{}{}", account.name, revoke_ ? ", ending its login" : "",
                                         purge_ ? ", with its local mail" : ", keeping its local mail");
    auto all = app.accounts();
    if (!all) return all.error();
    if (auto unused = check_unused(account, *all, chosen); !unused) return unused.error().within("account disconnect");
    if (dry_run_) {
      if (!app.options().json) app.out() << fmt::format("would disconnect {}\n", what);
      return {};
    }
    auto mail = app.mail();
    if (!mail) return mail.error();
    LogoutSetup setup(app);
    auto login = setup.world();
    if (!login) return login.error();
    if (purge_) {
      if (auto forgotten = forget_left_edits(app, account.id); !forgotten) return forgotten;
    }
    auto done = disconnect_account({account, purge_, revoke_}, {*login, (*mail)->sync()}, app.stop());
    if (!done && done.error().code == Code::partial) return told_later(done.error(), account);
    if (!done) return done.error().within("account disconnect");
    if (revoke_ && *done != Revocation::nothing_held) app.say(describe(*done, account));
    app.say("disconnected " + what);
    return {};
  }

  Error told_later(Error error, const AccountRecord& account) const {
    error.hint = fmt::format("when the provider can be reached: mailmgr account disconnect {} --revoke{}", account.name,
                             purge_ ? " --purge (nothing was purged yet)" : "");
    return error;
  }

  std::vector<std::string> names_;
  bool all_ = false, purge_ = false, revoke_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_account_disconnect() {
  return std::make_unique<AccountDisconnect>();
}

}  // namespace mailmgr
