// The real world, built when it is asked for: paths, stores, key, network, clock. Commands get everything from here, so
// `mailmgr list` opens no socket and `mailmgr --help` no database.
#pragma once

#include <iosfwd>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/output/listing.h"
#include "core/base/result.h"
#include "core/oauth/token_source.h"
#include "core/ports/account_stores.h"
#include "core/ports/clock.h"
#include "core/ports/curator.h"
#include "core/ports/http.h"
#include "core/ports/keys.h"
#include "core/ports/leases.h"
#include "core/ports/mailbox_settings.h"
#include "core/ports/message_reader.h"
#include "core/ports/provider.h"
#include "core/ports/quota_ledger.h"
#include "core/ports/random.h"
#include "core/ports/stop.h"
#include "core/ports/wakeups.h"

namespace CLI {
class App;
}

namespace mailmgr {

namespace store {
class MailStore;
class TokenStore;
}  // namespace store
class AllProviders;
class SystemProviders;
class Vault;
struct Paths;

// A mailbox ready to be used, with all that it stands on. Does not outlive the App.
struct Connection {
  const ProviderSpec* spec = nullptr;
  QuotaTable quota;  // the limits that hold
  GrantRecord grant;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<TokenSource> tokens;
  std::unique_ptr<UsageMeter> usage;
  std::unique_ptr<Pacer> background, foreground;  // of the mailbox, and of all else: a person waits for it
  std::unique_ptr<Mailbox> mailbox;
  std::unique_ptr<Courier> courier;
  std::unique_ptr<Identities> identities;
  std::unique_ptr<Importer> importer;
  std::unique_ptr<Curator> curator;
  std::unique_ptr<FilterSettings> filters;
  std::unique_ptr<VacationSettings> vacation;
};

class App {
 public:
  App(const GlobalOptions& options, const CLI::App& cli, std::ostream& out, std::ostream& err, Stop stop,
      Wakeups* wakeups = nullptr);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  const GlobalOptions& options() const { return options_; }
  const CLI::App& cli() const { return cli_; }  // the whole command line, for help and completion
  std::ostream& out() { return out_; }
  std::ostream& err() { return err_; }
  const Stop& stop() const { return stop_; }
  // Waits as Wakeups does; without anybody to ask, that long.
  bool wait(milliseconds duration, const Stop& stop);
  Wakeups* terminal() { return wakeups_; }  // to lend it to another program; may be none
  // The same for another thread: a world of its own, with its own connections to the stores, which must not outlive
  // this one. It shares the key, so that nobody is asked for it twice; who writes to out() takes turns.
  Result<std::unique_ptr<App>> another();

  Clock& clock();
  Random& random();
  // The home's folders, made and checked; a restore that was cut short is brought to its end.
  Result<const Paths*> paths();
  Result<store::TokenStore*> tokens();
  Result<AllProviders*> providers();  // the user's own and the system's: what every command goes by
  SystemProviders& system_providers();
  Result<store::MailStore*> mail();
  Result<Leases*> leases();
  Result<QuotaLedger*> quota_ledger();
  Result<Keys*> keys();
  Result<Vault*> vault();  // opens the key: only where a token is needed

  // An HTTP client that trusts the provider's CA file, where one is set.
  std::unique_ptr<HttpClient> http(const ProviderConfig& config);
  // The provider of that name as set up: not_found for a name nobody knows, config for one that is not set.
  Result<ProviderConfig> provider(std::string_view name);
  // The account's mailbox and courier; no request is made yet.
  Result<Connection> connect(const AccountRecord& account);

  Result<std::vector<AccountRecord>> accounts();           // all
  Result<std::vector<AccountRecord>> selected_accounts();  // those of -a, else all
  Result<AccountRecord> acting_account();                  // the one of -a or MAILMGR_ACCOUNT, else the default

  // The rows of a command, in the form the global options ask for; usage for an unknown --fields key.
  Result<std::unique_ptr<output::Listing>> listing(std::vector<output::Column> columns,
                                                   const std::vector<std::string>& more_keys = {});
  // A line of --json that is no row of a listing, with the keys that --fields chooses.
  void print_json(const nlohmann::ordered_json& line);
  output::Form form() const;
  // What is printed from now on goes through a pager, where people read it on a terminal and want one. Between this and
  // end_page() nothing else is said or asked.
  void page();
  Status end_page();  // waits until they have seen enough; Stop's error when told to end before that
  bool people() const { return form() == output::Form::table; }  // somebody reads this on a terminal
  bool color() const;
  bool shows_progress() const;  // somebody watches standard error

  // A remark for people, on stderr: only when it is a terminal (or with -v), never with -q.
  void say(std::string_view text);
  // What went wrong beside what was asked for, which was done: on stderr always but with -q.
  void warn(std::string_view text);
  // Held by whoever writes to err() while other threads may: one line at a time.
  [[nodiscard]] std::unique_lock<std::mutex> talking() const { return std::unique_lock(*talk_); }
  // Whether questions may be asked.
  bool may_ask() const;

  // usage where --ids, or --fields without --json, are to choose from what `what` prints, which are no rows.
  Status check_text(std::string_view what) const;

  // Whether --allow and MAILMGR_ALLOW, which only ever narrow, let this run do that; refused. The table of commands
  // says what each command needs, and run() asks; commands ask for what an option of theirs needs besides.
  Status check_allowed(Permission needed, std::string_view what) const;

 private:
  bool shown_on_terminal() const;  // also through a pager
  void trace(std::string_view line);

  struct World;
  struct Reach;
  Reach& reach();

  const GlobalOptions& options_;
  const CLI::App& cli_;
  std::ostream& out_;
  std::ostream& err_;
  Stop stop_;
  Wakeups* wakeups_;
  std::shared_ptr<std::mutex> talk_;
  std::unique_ptr<World> world_;
};

}  // namespace mailmgr
