#include "cmd/app.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <ostream>

#include "cmd/key_settings.h"
#include "cmd/output/terminal.h"
#include "core/base/encoding.h"
#include "core/flow/accounts.h"
#include "core/flow/connect.h"
#include "core/flow/provider_lookup.h"
#include "core/flow/system_providers.h"
#include "core/net/http_trace.h"
#include "core/net/quota_pacer.h"
#include "core/oauth/token_source.h"
#include "core/system/file_leases.h"
#include "core/system/file_quota_ledger.h"
#include "core/system/httplib_client.h"
#include "core/system/key_sources.h"
#include "core/system/paths.h"
#include "core/system/restore_installation.h"
#include "core/system/shared_folder.h"
#include "core/system/system_clock.h"
#include "core/system/system_random.h"
#include "core/vault/remembered_keys.h"
#include "core/vault/vault.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {

struct App::World {
  SystemClock clock;
  SystemRandom random;
  std::optional<Paths> paths;
  std::unique_ptr<store::TokenStore> tokens;
  std::unique_ptr<store::MailStore> mail;
  SharedFolder shared_files{system_folder() + "/providers.d"};
  SystemProviders system_providers{shared_files, provider_specs()};
  std::unique_ptr<AllProviders> providers;
  std::unique_ptr<FileLeases> leases;
  std::unique_ptr<FileQuotaLedger> quota_ledger;
  std::shared_ptr<Keys> keys;
  std::shared_ptr<Keys> shared_keys;  // what other worlds of this run are given
  std::unique_ptr<Vault> vault;
  std::optional<std::vector<AccountRecord>> accounts;
};

App::App(const GlobalOptions& options, const CLI::App& cli, std::ostream& out, std::ostream& err, Stop stop,
         Wakeups* wakeups)
    : options_(options),
      cli_(cli),
      out_(out),
      err_(err),
      stop_(std::move(stop)),
      wakeups_(wakeups),
      talk_(std::make_shared<std::mutex>()),
      world_(std::make_unique<World>()) {}

App::~App() = default;

Result<std::unique_ptr<App>> App::another() {
  if (auto keys = this->keys(); !keys) return keys.error();
  if (!world_->shared_keys) world_->shared_keys = std::make_shared<RememberedKeys>(*world_->keys);
  auto other = std::make_unique<App>(options_, cli_, out_, err_, stop_, wakeups_);
  other->talk_ = talk_;
  other->world_->keys = world_->shared_keys;
  return other;
}

bool App::wait(milliseconds duration, const Stop& stop) {
  if (wakeups_) return wakeups_->wait(duration, stop);
  clock().sleep_for(duration, stop);
  return false;
}

Clock& App::clock() {
  return world_->clock;
}
Random& App::random() {
  return world_->random;
}

// Folders that are missing are made, those that are not safe are refused, before anything in them is opened.
Result<const Paths*> App::paths() {
  if (world_->paths) return &*world_->paths;
  auto found = Paths::find(options_.home);
  if (!found) return found.error();
  if (auto ready = found->prepare(); !ready) return ready.error();
  FileLeases leases(found->locks(), world_->clock);
  if (auto finished = finish_restore(*found, leases); !finished) return finished.error();
  world_->paths = *std::move(found);
  return &*world_->paths;
}

Result<store::TokenStore*> App::tokens() {
  if (!world_->tokens) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    auto opened = store::TokenStore::open((*paths)->data, store::OpenMode::write);
    if (!opened) return opened.error();
    world_->tokens = *std::move(opened);
  }
  return world_->tokens.get();
}

SystemProviders& App::system_providers() {
  return world_->system_providers;
}

Result<AllProviders*> App::providers() {
  if (!world_->providers) {
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    world_->providers = std::make_unique<AllProviders>((*tokens)->providers(), world_->system_providers);
  }
  return world_->providers.get();
}

Result<store::MailStore*> App::mail() {
  if (!world_->mail) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    auto purging = (*tokens)->accounts().purging();
    if (!purging) return purging.error();
    auto opened = store::MailStore::open((*paths)->data, store::OpenMode::write);
    if (!opened) return opened.error();
    std::vector<AccountId> hidden;
    for (const auto& account : *purging) hidden.push_back(account.id);
    (*opened)->hide(std::move(hidden));
    world_->mail = *std::move(opened);
  }
  return world_->mail.get();
}

Result<Leases*> App::leases() {
  if (!world_->leases) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    world_->leases = std::make_unique<FileLeases>((*paths)->locks(), world_->clock);
  }
  return world_->leases.get();
}

Result<QuotaLedger*> App::quota_ledger() {
  if (!world_->quota_ledger) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    world_->quota_ledger = std::make_unique<FileQuotaLedger>((*paths)->quota(), world_->random);
  }
  return world_->quota_ledger.get();
}

Result<Keys*> App::keys() {
  if (!world_->keys) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    World& world = *world_;
    world_->keys = std::make_shared<ConfiguredKeys>([&world]() -> Result<std::unique_ptr<KeySource>> {
      auto settings = read_key_settings(*world.paths);
      if (!settings) return settings.error();
      return make_key_source(*settings, world.random);
    });
  }
  return world_->keys.get();
}

Result<Vault*> App::vault() {
  if (!world_->vault) {
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    auto keys = this->keys();
    if (!keys) return keys.error();
    world_->vault = std::make_unique<Vault>(*world_->keys, (*tokens)->vault(), world_->random);
  }
  return world_->vault.get();
}

std::unique_ptr<HttpClient> App::http(const ProviderConfig& config) {
  HttpSettings settings;
  settings.ca_file = config.ca_file;
  settings.proxy = ProxySettings::from_environment();
  auto client = std::make_unique<HttplibClient>(std::move(settings));
  if (options_.verbose < 2) return client;
  return std::make_unique<TracedHttp>(std::move(client), world_->clock,
                                      [this](const HttpRecord& record) { trace(to_string(record)); });
}

Result<ProviderConfig> App::provider(std::string_view name) {
  auto providers = this->providers();
  if (!providers) return providers.error();
  return find_provider(name, **providers);
}

Result<Connection> App::connect(const AccountRecord& account) {
  auto tokens = this->tokens();
  if (!tokens) return tokens.error();
  auto vault = this->vault();
  if (!vault) return vault.error();
  auto leases = this->leases();
  if (!leases) return leases.error();
  auto ledger = quota_ledger();
  if (!ledger) return ledger.error();
  // Before anything sealed is read: it then opens even if `key rotate` seals it anew meanwhile.
  const Status unlocked = (*vault)->unlock();
  auto config = provider(account.provider);
  if (!config) return config.error();
  auto grant = (*tokens)->grants().find(account.grant);
  if (!grant) return grant.error();
  auto all = accounts();
  if (!all) return all.error();
  const std::string login = login_name(account, *all);
  if (!*grant && serves_organisation(config->grants)) {
    return Error{Code::config, fmt::format("{}: its grant is gone", account.name),
                 fmt::format("mailmgr account connect {} --provider {}", account.email, config->name)};
  }
  if (!*grant) {
    return Error{Code::auth_required, fmt::format("{}: its login is gone", account.name),
                 fmt::format("mailmgr login --account {}", login)};
  }
  if (!unlocked && (*grant)->state == GrantState::active) return unlocked.error();

  Connection connection;
  connection.spec = &provider_spec(config->kind);
  connection.grant = **std::move(grant);
  auto endpoints = connection.spec->endpoints(*config);
  if (!endpoints) return endpoints.error();
  auto quota = choose_quota(connection.spec->quotas, config->quota);
  if (!quota) return quota.error();
  connection.quota = *quota;
  connection.http = http(*config);
  // A quota is counted for a mailbox, whatever login reaches it.
  const auto pacer = [&](Urgency urgency) {
    return std::make_unique<QuotaPacer>(*quota, **ledger, config->client_id + '\n' + to_lower_ascii(account.email),
                                        urgency, world_->clock);
  };
  connection.background = pacer(Urgency::background);
  connection.foreground = pacer(Urgency::foreground);
  const TokenSource::World world{(*tokens)->grants(), **vault,       **leases,
                                 *connection.http,    world_->clock, world_->random};
  connection.tokens = std::make_unique<TokenSource>(world, *std::move(config), *connection.spec, account.grant, login);
  connection.usage = std::make_unique<UsageMeter>();
  ProviderDeps deps{*connection.http,
                    *connection.tokens,
                    world_->clock,
                    world_->random,
                    *endpoints,
                    api_user(account, connection.grant.kind),
                    connection.usage.get(),
                    connection.background.get(),
                    quota->name};
  connection.mailbox = connection.spec->mailbox(deps);
  deps.pacer = connection.foreground.get();
  connection.courier = connection.spec->courier(deps);
  connection.identities = connection.spec->identities(deps);
  connection.filters = connection.spec->filters(deps);
  connection.vacation = connection.spec->vacation(deps);
  return connection;
}

Result<std::vector<AccountRecord>> App::accounts() {
  if (!world_->accounts) {
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    auto all = (*tokens)->accounts().list();
    if (!all) return all.error();
    world_->accounts = *std::move(all);
  }
  return *world_->accounts;
}

Result<std::vector<AccountRecord>> App::selected_accounts() {
  auto all = accounts();
  if (!all || options_.accounts.empty()) return all;
  std::vector<AccountRecord> selected;
  for (const auto& name : options_.accounts) {
    auto account = find_account(*all, name);
    if (!account) return account.error();
    selected.push_back(*std::move(account));
  }
  return selected;
}

Result<AccountRecord> App::acting_account() {
  auto all = accounts();
  if (!all) return all.error();
  if (options_.accounts.size() > 1) {
    return Error{Code::usage, "several accounts are named; this command acts on one"};
  }
  if (!options_.accounts.empty()) return find_account(*all, options_.accounts.front());
  const char* named = std::getenv("MAILMGR_ACCOUNT");
  return named && *named ? find_account(*all, named) : default_account(*all);
}

output::Form App::form() const {
  if (options_.json) return output::Form::json;
  if (options_.ids) return output::Form::ids;
  return output::is_terminal(STDOUT_FILENO) ? output::Form::table : output::Form::plain;
}

bool App::color() const {
  if (options_.color != "auto") return options_.color == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return !(no_color && *no_color) && output::is_terminal(STDOUT_FILENO);
}

bool App::shows_progress() const {
  return !options_.quiet && !options_.json && output::is_terminal(STDERR_FILENO);
}

Result<std::unique_ptr<output::Listing>> App::listing(std::vector<output::Column> columns,
                                                      const std::vector<std::string>& more_keys) {
  auto listing =
      std::make_unique<output::Listing>(out_, form(), output::terminal_columns(), color(), std::move(columns));
  if (auto chosen = listing->choose(options_.fields, more_keys); !chosen) return chosen.error();
  return listing;
}

void App::say(std::string_view text) {
  if (options_.quiet || (options_.verbose == 0 && !output::is_terminal(STDERR_FILENO))) return;
  const auto turn = talking();
  if (shows_progress()) err_ << "\r\x1b[K";  // whatever line of progress stands there
  err_ << output::one_line(text) << '\n' << std::flush;
}

void App::warn(std::string_view text) {
  if (options_.quiet) return;
  const auto turn = talking();
  err_ << "mailmgr: " << output::one_line(text) << '\n' << std::flush;
}

bool App::may_ask() const {
  return !options_.no_input && output::is_terminal(STDIN_FILENO);
}

void App::trace(std::string_view line) {
  const auto turn = talking();
  err_ << output::one_line(line) << '\n' << std::flush;
}

Status App::check_allowed(Permission needed, std::string_view what) const {
  const char* variable = std::getenv("MAILMGR_ALLOW");
  for (const std::string& limit : {options_.allow, std::string(variable && *variable ? variable : "full")}) {
    const auto level = access_level(limit);
    if (!level) {
      return Error{Code::usage, fmt::format("MAILMGR_ALLOW={}: that is no level", limit),
                   "use full, send-only, drafts-only or read-only"};
    }
    if (permits(*level, needed)) continue;
    return Error{Code::refused, fmt::format("{}: this run may only do what \"{}\" allows", what, limit),
                 "run it without --allow and MAILMGR_ALLOW"};
  }
  return {};
}

}  // namespace mailmgr
