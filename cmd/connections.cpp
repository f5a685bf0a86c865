// The part of App that reaches providers and keys.
#include <fmt/format.h>

#include "cmd/app_world.h"
#include "cmd/key_settings.h"
#include "core/base/encoding.h"
#include "core/flow/access.h"
#include "core/flow/accounts.h"
#include "core/flow/connect.h"
#include "core/flow/provider_lookup.h"
#include "core/flow/system_providers.h"
#include "core/net/http_trace.h"
#include "core/net/quota_pacer.h"
#include "core/oauth/token_source.h"
#include "core/system/file_quota_ledger.h"
#include "core/system/httplib_client.h"
#include "core/system/key_sources.h"
#include "core/system/shared_folder.h"
#include "core/vault/remembered_keys.h"
#include "core/vault/vault.h"
#include "providers/registry.h"

namespace mailmgr {

struct App::Reach {
  SharedFolder shared_files{system_folder() + "/providers.d"};
  SystemProviders system_providers{shared_files, provider_specs()};
  std::unique_ptr<AllProviders> providers;
  std::unique_ptr<FileQuotaLedger> quota_ledger;
  std::shared_ptr<Keys> keys;
  std::shared_ptr<Keys> shared_keys;  // what other worlds of this run are given
  std::unique_ptr<Vault> vault;
};

App::Reach& App::reach() {
  if (!world_->reach) world_->reach = std::make_shared<Reach>();
  return *world_->reach;
}

Result<std::unique_ptr<App>> App::another() {
  if (auto keys = this->keys(); !keys) return keys.error();
  if (!reach().shared_keys) reach().shared_keys = std::make_shared<RememberedKeys>(*reach().keys);
  auto other = std::make_unique<App>(options_, cli_, out_, err_, stop_, wakeups_);
  other->talk_ = talk_;
  other->reach().keys = reach().shared_keys;
  return other;
}

SystemProviders& App::system_providers() {
  return reach().system_providers;
}

Result<AllProviders*> App::providers() {
  if (!reach().providers) {
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    reach().providers = std::make_unique<AllProviders>((*tokens)->providers(), reach().system_providers);
  }
  return reach().providers.get();
}

Result<QuotaLedger*> App::quota_ledger() {
  if (!reach().quota_ledger) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    reach().quota_ledger = std::make_unique<FileQuotaLedger>((*paths)->quota(), world_->random);
  }
  return reach().quota_ledger.get();
}

Result<Keys*> App::keys() {
  if (!reach().keys) {
    auto paths = this->paths();
    if (!paths) return paths.error();
    World& world = *world_;
    reach().keys = std::make_shared<ConfiguredKeys>([&world]() -> Result<std::unique_ptr<KeySource>> {
      auto settings = read_key_settings(*world.paths);
      if (!settings) return settings.error();
      return make_key_source(*settings, world.random);
    });
  }
  return reach().keys.get();
}

Result<Vault*> App::vault() {
  if (!reach().vault) {
    auto tokens = this->tokens();
    if (!tokens) return tokens.error();
    auto keys = this->keys();
    if (!keys) return keys.error();
    reach().vault = std::make_unique<Vault>(*reach().keys, (*tokens)->vault(), world_->random);
  }
  return reach().vault.get();
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
                    quota->name,
                    may_read_settings(*connection.spec, connection.grant)};
  connection.mailbox = connection.spec->mailbox(deps);
  deps.pacer = connection.foreground.get();
  connection.courier = connection.spec->courier(deps);
  connection.identities = connection.spec->identities(deps);
  connection.curator = connection.spec->curator(deps);
  connection.filters = connection.spec->filters(deps);
  connection.vacation = connection.spec->vacation(deps);
  deps.pacer = connection.background.get();  // thousands of messages: what people wait for goes first
  connection.importer = connection.spec->importer(deps);
  return connection;
}

}  // namespace mailmgr
