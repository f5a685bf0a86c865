#include "core/flow/provider_setup.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/flow/grant_change.h"
#include "core/flow/provider_key.h"
#include "core/flow/provider_lookup.h"
#include "core/oauth/client.h"
#include "core/oauth/client_file.h"

namespace mailmgr {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr milliseconds kSoon = std::chrono::hours(24 * 30);
constexpr milliseconds kKeyChangePatience = std::chrono::seconds(30);

bool is_word(std::string_view text, std::string_view extra) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           extra.find(c) != std::string_view::npos;
  });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<ProviderKind> kind_of(const ProviderChange& change, const std::optional<ProviderConfig>& before) {
  const auto known = before ? std::optional(before->kind) : provider_kind(change.name);
  if (known && change.kind && *known != *change.kind) {
    return Error{
        Code::usage,
        fmt::format("--kind {}: provider {} is of kind {}", to_string(*change.kind), change.name, to_string(*known)),
        "use another name"};
  }
  if (known) return *known;
  if (change.kind) return *change.kind;
  return Error{Code::usage, fmt::format("the kind of provider \"{}\" is not known", change.name),
               "add --kind google or --kind microsoft"};
}

// The change with what a credentials file says filled in.
Result<ProviderChange> with_credentials(ProviderChange change, ProviderKind kind) {
  if (!change.credentials) return change;
  if (kind != ProviderKind::google) {
    return Error{Code::usage, "--credentials is Google's file", "use --client-id for " + change.name};
  }
  if (change.client_id || change.client_secret) {
    return Error{Code::usage, "--credentials holds the client id and secret already", "leave the other options out"};
  }
  auto file = read_client_file(*change.credentials);
  if (!file) return file.error();
  change.client_id = file->client_id;
  change.client_secret = file->client_secret;
  if (!change.redirect_uri) change.redirect_uri = file->redirect_uri;
  return change;
}

template <class Value>
void apply(const std::optional<Value>& given, Value& value) {
  if (given) value = *given;
}

ProviderConfig applied(ProviderConfig config, const ProviderChange& change) {
  config.grants = grants_after(change, config);
  apply(change.client_id, config.client_id);
  apply(change.tenant, config.tenant);
  apply(change.redirect_uri, config.redirect_uri);
  apply(change.access, config.access);
  apply(change.with, config.with);
  apply(change.base_url, config.base_url);
  apply(change.auth_url, config.auth_url);
  apply(change.api_url, config.api_url);
  apply(change.ca_file, config.ca_file);
  apply(change.quota, config.quota);
  if (config.kind == ProviderKind::microsoft && config.tenant.empty()) config.tenant = "common";
  return config;
}

Status check_redirect(const std::string& uri) {
  if (uri.empty()) return {};
  const auto url = Url::parse(uri);
  if (!url) return url.error().within("--redirect-uri");
  if (url->scheme == "https" || url->is_loopback()) return {};
  return Error{Code::usage, fmt::format("--redirect-uri {}: plain http would send the code in the clear", uri),
               "use https://, or http:// with a loopback address"};
}

// Whether requests to the token endpoint, which carry the client secret, now go to another host.
bool login_host_changed(const ProviderConfig& before, const ProviderConfig& after, const ProviderSpec& spec) {
  const auto old_endpoints = spec.endpoints(before);
  const auto new_endpoints = spec.endpoints(after);
  return !old_endpoints || !new_endpoints || !old_endpoints->token.same_origin(new_endpoints->token);
}

// Decides what becomes of the client secret, which belongs to one client id and one login host.
Status settle_secret(const ProviderChange& change, const std::optional<ProviderConfig>& before, ProviderSetup& setup,
                     const ProviderSpec& spec, Vault& vault) {
  ProviderConfig& config = setup.config;
  if (change.client_secret) {
    config.sealed_client_secret.clear();
    config.open_client_secret.clear();
    if (change.client_secret->empty()) return {};
    if (!is_printable(change.client_secret->reveal())) {
      return Error{Code::usage, "the client secret holds spaces or control characters", "copy the secret alone"};
    }
    if (config.system) {
      config.open_client_secret = change.client_secret->reveal();
      return {};
    }
    auto sealed = vault.seal(*change.client_secret, client_secret_context(config.name, config.client_id));
    if (!sealed) return sealed.error();
    config.sealed_client_secret = std::move(*sealed);
    return {};
  }
  if (!before || !config.has_client_secret()) return {};
  const bool other_client = before->client_id != config.client_id;
  if (!other_client && !login_host_changed(*before, config, spec)) return {};
  config.sealed_client_secret.clear();
  config.open_client_secret.clear();
  setup.warnings.push_back(fmt::format("the client secret belonged to the old {} and was removed",
                                       other_client ? "client id" : "login host"));
  return {};
}

// What is for all users holds no secret. A desktop client's is none (RFC 8252 §8.5), and Google asks for it.
Status check_public(const ProviderConfig& config, const ProviderSpec& spec) {
  if (!config.system) return {};
  if (config.grants != GrantKind::oauth_code || !config.sealed_private_key.empty()) {
    return Error{Code::usage, "--system: a key that reaches every mailbox is not for every user of this machine",
                 "leave --system out"};
  }
  if (config.open_client_secret.empty()) return {};
  if (spec.secret_required && config.redirect_uri.empty()) return {};
  return Error{Code::usage, "--system: this client has a secret, which every user of this machine could read",
               spec.secret_required ? "use a client of type \"Desktop app\", or leave --system out"
                                    : "use a client without a secret, or leave --system out"};
}

Error of_the_system(std::string_view name) {
  return {
      Code::usage, fmt::format("provider {} is set up for all users of this machine", name),
      fmt::format("for all: mailmgr provider set {0} --system …, as root; one of your own: mailmgr provider set {0} "
                  "--client-id ID",
                  name)};
}

void warn(ProviderSetup& setup, const ProviderSpec& spec, const std::optional<ProviderKey>& key, Time now) {
  const ProviderConfig& config = setup.config;
  if (key && key->expires && *key->expires - now < kSoon) {
    setup.warnings.push_back(fmt::format("the certificate expires {}", to_local_date(*key->expires)));
  }
  if (needs_client_secret(config, spec)) {
    setup.warnings.push_back(fmt::format(
        "{} asks for a client secret: mailmgr provider set {} --client-secret-file FILE", spec.title, config.name));
  }
  if (!config.open_client_secret.empty()) {
    setup.warnings.emplace_back(
        "the client secret is written too, readable by every user: a desktop client's is not confidential");
  }
  const bool real = config.base_url.empty() && config.auth_url.empty();
  if (real && config.kind == ProviderKind::google && config.grants == GrantKind::oauth_code &&
      !config.client_id.ends_with(".apps.googleusercontent.com")) {
    setup.warnings.emplace_back("Google's client ids end in .apps.googleusercontent.com; this one does not");
  }
  if (real && config.kind == ProviderKind::microsoft && config.client_id.size() != 36) {
    setup.warnings.emplace_back(
        "Microsoft's client ids (\"Application (client) ID\") have 36 characters; this one does not");
  }
}

// Ends what the tokens of another client, or of another kind of grant, stand for.
Status end_grants(ProviderSetup& setup, const std::string& reason, const ProviderSetupWorld& world) {
  const auto accounts = world.accounts.list();
  if (!accounts) return accounts.error();
  for (const auto& account : *accounts) {
    if (account.provider != setup.config.name) continue;
    const auto found = change_grant(world.grants, account.grant, [&](GrantRecord& grant) {
      if (grant.state == GrantState::needs_login) return false;
      grant.state = GrantState::needs_login;
      grant.state_reason = reason;
      return true;
    });
    if (!found) return found.error();
    if (*found && account.state != AccountState::disconnected) setup.need_login.push_back(account.name);
  }
  return {};
}

// A new key of the same client has to prove itself at the next use, not when the last token ends.
Status forget_access_tokens(const std::string& provider, GrantStore& grants) {
  const auto all = grants.list();
  if (!all) return all.error();
  for (const auto& grant : *all) {
    if (grant.provider != provider) continue;
    const auto done = change_grant(grants, grant.id, [](GrantRecord& stored) {
      stored.sealed_access_token.clear();
      stored.access_expires.reset();
      return true;
    });
    if (!done) return done.error();
  }
  return {};
}

Status settle_grants(const ProviderConfig& before, ProviderSetup& setup, const ProviderSetupWorld& world) {
  const ProviderConfig& now = setup.config;
  if (before.grants != now.grants) {
    return end_grants(
        setup,
        fmt::format("provider {} {}", now.name,
                    serves_organisation(now.grants) ? "serves an organisation without logins now" : "takes logins now"),
        world);
  }
  if (before.client_id != now.client_id) {
    return end_grants(setup, fmt::format("the client id of provider {} changed", now.name), world);
  }
  if (before.key_id != now.key_id && serves_organisation(now.grants))
    return forget_access_tokens(now.name, world.grants);
  return {};
}

Result<ProviderSetup> set(const ProviderChange& requested, const ProviderSetupWorld& world) {
  if (const Status named = check_provider_name(requested.name); !named) return named.error();
  const bool is_whole = requested.client_id || requested.credentials;
  auto before = world.providers.find(requested.name);
  // A broken file of the system is replaced, or made up for by an own provider.
  if (!before && before.error().code == Code::config && is_whole) before = std::optional<ProviderConfig>();
  if (!before) return before.error();
  const bool shadows = *before && (*before)->system && !requested.system;
  if (shadows && !is_whole) return of_the_system(requested.name);
  if (shadows) before->reset();  // an own one is made from the start
  const auto kind = kind_of(requested, *before);
  if (!kind) return kind.error();
  auto change = with_credentials(requested, *kind);
  if (!change) return change.error();
  const auto key = read_provider_key(*change, *kind, world.clock.now());
  if (!key) return key.error();
  if (*key && !(*key)->client_id.empty()) change->client_id = (*key)->client_id;
  const ProviderSpec* spec = find_spec(world.specs, *kind);
  if (!spec) return Error{Code::internal, "no provider of that kind is built in", ""};

  ProviderConfig start;
  start.name = requested.name;
  start.kind = *kind;
  start.system = requested.system;
  ProviderSetup setup;
  setup.created = !*before;
  setup.config = applied(before->value_or(start), *change);
  if (const Status good = check_provider(setup.config, *spec); !good) return good.error();
  if (const Status settled = settle_secret(*change, *before, setup, *spec, world.vault); !settled) {
    return settled.error();
  }
  if (const Status settled = settle_key(*change, *key, *before, setup, world.vault); !settled) return settled.error();
  if (const Status open = check_public(setup.config, *spec); !open) return open.error();
  if (const Status stored = world.providers.put(setup.config); !stored) return stored.error();
  if (*before) {
    if (const Status settled = settle_grants(**before, setup, world); !settled) return settled.error();
  }
  warn(setup, *spec, *key, world.clock.now());
  return setup;
}

}  // namespace

Status check_provider_name(std::string_view name) {
  if (!name.empty() && name.size() <= kMaxName && is_word(name, "._-") && name.front() != '-' && name.front() != '.') {
    return {};
  }
  return Error{Code::usage, fmt::format("\"{}\" cannot be a provider's name", name),
               "use letters, digits, dots, dashes and underscores"};
}

Status check_provider(const ProviderConfig& config, const ProviderSpec& spec) {
  if (config.client_id.empty()) {
    return Error{Code::usage, fmt::format("provider {} has no client id", config.name),
                 fmt::format("add --client-id ID; how to get one: mailmgr provider guide {}", to_string(config.kind))};
  }
  if (!is_printable(config.client_id)) {
    return Error{Code::usage, "--client-id: it holds spaces or control characters", "copy the id alone"};
  }
  if (config.kind != ProviderKind::microsoft && !config.tenant.empty()) {
    return Error{Code::usage, "--tenant is for Microsoft only", "leave --tenant out"};
  }
  if (!is_word(config.tenant, ".-")) {
    return Error{Code::usage, fmt::format("--tenant {}: that is no tenant", config.tenant),
                 "use common, organizations, consumers, the tenant's id or one of its domains"};
  }
  if (const auto quota = choose_quota(spec.quotas, config.quota); !quota) return quota.error();
  if (const Status known = check_with(config.with, config.access, spec); !known) return known;
  if (const Status redirect = check_redirect(config.redirect_uri); !redirect) return redirect;
  const auto endpoints = spec.endpoints(config);
  if (!endpoints) return endpoints.error();
  return {};
}

Result<ProviderSetup> set_provider(const ProviderChange& change, const ProviderSetupWorld& world) {
  // What is read here is written back: without the lease a rotation in between would be undone for this row.
  const auto lease = world.leases.take("vault", kKeyChangePatience, {});
  if (!lease) return lease.error().within("setting provider " + change.name);
  auto setup = set(change, world);
  if (!setup) return setup.error().within("setting provider " + change.name);
  return setup;
}

Status remove_provider(std::string_view name, bool system, const ProviderSetupWorld& world) {
  const auto config = find_provider(name, world.providers);
  const bool is_broken = system && !config && check_provider_name(name) && !world.providers.find(name);
  if (is_broken) return world.providers.remove(name);
  if (!config) return config.error();
  if (config->system && !system) {
    return Error{Code::refused, fmt::format("removing provider {}: it is set up for all users of this machine", name),
                 fmt::format("mailmgr provider unset {} --system, as root", name)};
  }
  const auto accounts = world.accounts.list();
  if (!accounts) return accounts.error();
  std::string users;
  for (const auto& account : *accounts) {
    if (account.provider != name) continue;
    const auto grant = world.grants.find(account.grant);
    if (!grant) return grant.error();
    // A disconnected account whose tokens are gone keeps its mail and needs the provider no more.
    const bool idle =
        account.state == AccountState::disconnected && (!*grant || (*grant)->sealed_refresh_token.empty());
    if (!idle) users += (users.empty() ? "" : ", ") + account.name;
  }
  if (users.empty()) return world.providers.remove(name);
  return Error{Code::refused, fmt::format("removing provider {}: accounts use it: {}", name, users),
               "disconnect them first: mailmgr account disconnect NAME"};
}

}  // namespace mailmgr
