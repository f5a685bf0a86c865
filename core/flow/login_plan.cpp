#include "core/flow/login_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/flow/accounts.h"
#include "core/flow/provider_lookup.h"

namespace mailmgr {
namespace {

Result<std::optional<AccountRecord>> named_account(const LoginRequest& request, AccountStore& store) {
  const auto accounts = store.list();
  if (!accounts) return accounts.error();
  for (const auto& account : *accounts) {
    if (!request.name.empty() && account.name == request.name) {
      return Error{Code::usage, fmt::format("--name {}: there is an account of that name", request.name),
                   "to log it in again: mailmgr login --account " + request.name};
    }
  }
  if (request.account.empty()) return std::optional<AccountRecord>();
  auto account = find_account(*accounts, request.account);
  if (!account) return account.error();
  return std::optional(std::move(*account));
}

Result<ProviderConfig> provider_of(const LoginRequest& request, const std::optional<AccountRecord>& account,
                                   ProviderStore& providers) {
  if (!request.provider.empty()) return find_provider(request.provider, providers);
  if (account) return find_provider(account->provider, providers);
  return only_provider(providers);
}

// The extras an old login has: a new one without other wishes must ask for them again, because a new consent replaces
// the scopes of the old.
std::set<std::string> extras_of(const GrantRecord& grant, const ProviderSpec& spec) {
  std::set<std::string> found;
  const auto basic = spec.scopes(grant.access, {});
  for (const auto& extra : spec.extras) {
    const std::string word(extra.word);
    const auto asked = spec.scopes(grant.access, {word});
    const bool adds = asked != basic;
    const bool has = std::all_of(asked.begin(), asked.end(),
                                 [&](const auto& scope) { return grant.scopes.contains(spec.canonical_scope(scope)); });
    if (adds && has) found.insert(word);
  }
  return found;
}

Status choose_scopes(LoginPlan& plan, const LoginRequest& request, GrantStore& grants) {
  plan.access = request.access.value_or(plan.config.access);
  std::set<std::string> with = request.with;
  if (plan.account && !request.access) {
    const auto grant = grants.find(plan.account->grant);
    if (!grant) return grant.error();
    if (*grant) {
      plan.access = (*grant)->access;
      with.merge(extras_of(**grant, *plan.spec));
    }
  }
  if (const Status known = check_with(request.with, plan.access, *plan.spec); !known) return known;
  // What the provider is set to ask for, as far as this login can use it.
  for (const auto& word : plan.config.with) {
    if (check_with({word}, plan.access, *plan.spec)) with.insert(word);
  }
  plan.scopes = plan.spec->scopes(plan.access, with);
  for (const auto& scope : plan.spec->scopes(plan.access, {})) {
    if (std::find(plan.scopes.begin(), plan.scopes.end(), scope) != plan.scopes.end()) plan.essential.push_back(scope);
  }
  return {};
}

}  // namespace

Result<LoginPlan> plan_login(const LoginRequest& request, const LoginWorld& world) {
  if (!request.account.empty() && !request.name.empty()) {
    return Error{Code::usage, "--name is for new accounts, --account for existing ones", "give one of them"};
  }
  auto account = named_account(request, world.accounts);
  if (!account) return account.error();
  auto config = provider_of(request, *account, world.providers);
  if (!config) return config.error();

  LoginPlan plan;
  plan.config = std::move(*config);
  plan.account = std::move(*account);
  plan.spec = find_spec(world.specs, plan.config.kind);
  if (!plan.spec) return Error{Code::internal, "provider " + plan.config.name + " is of an unknown kind", ""};
  if (plan.account && plan.account->kind != plan.config.kind) {
    return Error{Code::usage,
                 fmt::format("account {} is a {} mailbox, provider {} is not", plan.account->name,
                             to_string(plan.account->kind), plan.config.name),
                 "mailmgr login --account " + plan.account->name};
  }
  if (serves_organisation(plan.config.grants)) {
    return Error{Code::usage,
                 fmt::format("provider {} reaches the mailboxes of an organisation; nobody logs in", plan.config.name),
                 fmt::format("mailmgr account connect EMAIL --provider {}", plan.config.name)};
  }
  if (request.device && !plan.spec->no_device_login.empty()) {
    return Error{Code::refused, fmt::format("--device: {}", plan.spec->no_device_login),
                 fmt::format("mailmgr login {} --no-browser", plan.config.name)};
  }
  plan.kind = request.device ? GrantKind::device : GrantKind::oauth_code;
  if (needs_client_secret(plan.config, *plan.spec)) {
    return Error{Code::config,
                 fmt::format("provider {} has no client secret, which {} asks for", plan.config.name, plan.spec->title),
                 fmt::format("mailmgr provider set {} --client-secret-file FILE", plan.config.name)};
  }
  plan.expected_email = !request.login_hint.empty() ? request.login_hint : plan.account ? plan.account->email : "";
  if (const Status chosen = choose_scopes(plan, request, world.grants); !chosen) return chosen.error();
  return plan;
}

}  // namespace mailmgr
