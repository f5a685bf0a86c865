#include <fmt/format.h>

#include <algorithm>

#include "core/base/encoding.h"
#include "core/flow/accounts.h"
#include "core/flow/connect.h"
#include "core/flow/organisation_grant.h"
#include "core/flow/provider_lookup.h"
#include "core/mail/compose.h"

namespace mailmgr {
namespace {

using Accounts = std::vector<AccountRecord>;

bool is_one_address(const std::string& text) {
  const auto parsed = parse_addresses(text);
  return parsed && parsed->size() == 1 && parsed->front().email == text;
}

const AccountRecord* account_named(const Accounts& accounts, std::string_view name) {
  const auto found = std::find_if(accounts.begin(), accounts.end(), [&](const auto& a) { return a.name == name; });
  return found == accounts.end() ? nullptr : &*found;
}

// The account of that mailbox: the connected one if there is one, for a disconnected one's mail would be there twice.
const AccountRecord* account_of(const Accounts& accounts, std::string_view email) {
  const AccountRecord* found = nullptr;
  for (const auto& account : accounts) {
    if (!equals_ignoring_ascii_case(account.email, email)) continue;
    if (!found || account.state != AccountState::disconnected) found = &account;
  }
  return found;
}

// The one provider of an organisation, where none was named.
Result<ProviderConfig> only_organisation(ProviderStore& providers) {
  const auto all = providers.list();
  if (!all) return all.error();
  std::vector<ProviderConfig> found;
  std::copy_if(all->begin(), all->end(), std::back_inserter(found),
               [](const auto& config) { return serves_organisation(config.grants); });
  if (found.size() == 1) return found.front();
  return Error{
      Code::usage,
      found.empty() ? "through what? No organisation's provider is set" : "through which organisation's provider?",
      "name it with --provider NAME; or --via ACCOUNT for a shared mailbox; a person's own: mailmgr login"};
}

Result<ProviderConfig> organisation(const std::string& name, const std::string& email, ProviderStore& providers) {
  if (name.empty()) return only_organisation(providers);
  auto config = find_provider(name, providers);
  if (!config || serves_organisation(config->grants)) return config;
  return Error{Code::usage, fmt::format("provider {} is for logins; it reaches no other mailboxes", name),
               fmt::format("mailmgr login {} --login-hint {}", name, email)};
}

// Whether the login may open what is shared with its owner (Microsoft's .Shared scopes).
Status check_shared_scopes(const AccountRecord& via, const GrantRecord& grant, const ProviderSpec& spec) {
  const auto own = spec.scopes(grant.access, {});
  for (const auto& scope : spec.scopes(grant.access, {"shared"})) {
    const bool extra = std::find(own.begin(), own.end(), scope) == own.end();
    if (!extra || grant.scopes.contains(spec.canonical_scope(scope))) continue;
    return Error{Code::auth_required,
                 fmt::format("the login of {} may not open shared mailboxes: {} is missing", via.name, scope),
                 fmt::format("mailmgr login --account {} --with shared", via.name), std::nullopt, via.name};
  }
  return {};
}

Result<GrantRecord> working_login(const AccountRecord& account, GrantStore& grants) {
  auto grant = grants.find(account.grant);
  if (!grant) return grant.error();
  if (*grant && (*grant)->state == GrantState::active) return **std::move(grant);
  return Error{Code::auth_required, fmt::format("the login of {} does not work any more", account.name),
               "mailmgr login --account " + account.name, std::nullopt, account.name};
}

Result<AccountRecord> via_account(const std::string& name, const Accounts& accounts) {
  auto via = find_account(accounts, name);
  if (!via) return via.error().within("--via");
  if (via->kind == ProviderKind::google) {
    return Error{
        Code::refused, "Google's API does not open mailboxes that are delegated to a person",
        "an organisation uses a service account instead: mailmgr provider set google --service-account KEY.json"};
  }
  if (via->via) {
    return Error{Code::usage,
                 fmt::format("--via {}: that mailbox is reached through another account itself", via->name),
                 "name that account"};
  }
  if (via->state == AccountState::disconnected) {
    return Error{Code::usage, fmt::format("--via {}: it is not connected", via->name),
                 fmt::format("mailmgr login {} --login-hint {}", via->provider, via->email)};
  }
  return via;
}

// What is asked for on top of what an account is.
void describe(AccountRecord& account, const ConnectRequest& request) {
  if (!request.name.empty()) account.name = request.name;
  if (request.set_since) account.since = request.since;
  if (!request.include.empty()) account.include = request.include;
  if (!request.exclude.empty()) account.exclude = request.exclude;
}

class Planner {
 public:
  Planner(const ConnectRequest& request, const ConnectWorld& world) : request_(request), world_(world) {}

  Result<ConnectPlan> run() {
    auto accounts = world_.accounts.list();
    if (!accounts) return accounts.error();
    accounts_ = std::move(*accounts);
    if (!request_.provider.empty() && !request_.via.empty()) {
      return Error{Code::usage, "--provider and --via: which one?", "a mailbox is reached in one way"};
    }
    if (const Status found = find_mailbox(); !found) return found.error();
    if (const Status way = find_way(); !way) return way.error();
    plan_.spec = find_spec(world_.specs, plan_.config.kind);
    if (!plan_.spec) return Error{Code::internal, "no provider of that kind is built in", ""};
    if (plan_.account.via) {
      const auto* via = via_of(plan_.account);
      if (const Status may = check_shared_scopes(*via, *plan_.grant, *plan_.spec); !may) return may.error();
    }
    if (const Status fits = settle_account(); !fits) return fits.error();
    plan_.login = login_name(plan_.account, accounts_);
    return std::move(plan_);
  }

 private:
  Status find_mailbox() {
    if (const auto* named = account_named(accounts_, request_.email)) {
      before_ = *named;
    } else if (!is_one_address(request_.email)) {
      return Error{Code::usage, fmt::format("\"{}\" is not the address of a mailbox", request_.email),
                   "mailmgr account connect ada@example.org --provider NAME"};
    } else if (const auto* known = account_of(accounts_, request_.email)) {
      before_ = *known;
    }
    plan_.account = before_ ? *before_ : AccountRecord{};
    if (!before_) plan_.account.email = plan_.account.name = request_.email;
    return {};
  }

  // Through whose grant: a person's that shares it, its own, or the organisation's.
  Status find_way() {
    if (!request_.via.empty()) {
      const auto via = via_account(request_.via, accounts_);
      return via ? through_login(*via, via->id) : Status(via.error());
    }
    const bool own_way = request_.provider.empty() && before_;
    if (own_way && before_->via) {
      const auto* via = via_of(*before_);
      if (via) return through_login(*via, via->id);
      return Error{Code::usage, fmt::format("the account that {} was reached through is gone", before_->name),
                   "name another one with --via ACCOUNT"};
    }
    auto config = own_way ? find_provider(before_->provider, world_.providers)
                          : organisation(request_.provider, plan_.account.email, world_.providers);
    if (!config) return config.error();
    if (!serves_organisation(config->grants)) return through_login(*before_, std::nullopt);
    plan_.config = std::move(*config);
    plan_.account.via.reset();
    return {};
  }

  Status through_login(const AccountRecord& account, std::optional<AccountId> via) {
    auto config = find_provider(account.provider, world_.providers);
    if (!config) return config.error();
    if (via && serves_organisation(config->grants)) {
      return Error{Code::usage, fmt::format("--via {}: nobody logged in to it", account.name),
                   "mailmgr account connect EMAIL --provider " + config->name};
    }
    if (via && account.id == plan_.account.id) return Error{Code::usage, "--via names the mailbox itself", ""};
    auto grant = working_login(account, world_.grants);
    if (!grant) return grant.error();
    plan_.config = std::move(*config);
    plan_.grant = std::move(*grant);
    plan_.account.via = via;
    return {};
  }

  const AccountRecord* via_of(const AccountRecord& account) const {
    const auto found =
        std::find_if(accounts_.begin(), accounts_.end(), [&](const auto& a) { return a.id == account.via; });
    return found == accounts_.end() ? nullptr : &*found;
  }

  // Whether it is there already, and whether what was asked for fits what is there.
  Status settle_account() {
    AccountRecord& account = plan_.account;
    account.provider = plan_.config.name;
    account.kind = plan_.config.kind;  // as it was, or the account is refused
    if (before_ && before_->kind != plan_.config.kind) {
      return Error{Code::usage,
                   fmt::format("{} is a {} mailbox, provider {} is not", before_->name, to_string(before_->kind),
                               plan_.config.name),
                   "mailmgr provider list"};
    }
    if (before_ && before_->state != AccountState::disconnected) {
      if (before_->provider != account.provider || before_->via != account.via) {
        return Error{
            Code::usage, fmt::format("{} is connected already, in another way", before_->name),
            fmt::format("mailmgr account disconnect {}, then connect it again: its mail stays", before_->name)};
      }
      const auto works = has_working_grant();
      if (!works) return works.error();
      plan_.already = *works;
      return {};
    }
    describe(account, request_);
    const auto* other = account_named(accounts_, account.name);
    if (!other || other->id == account.id) return {};
    return Error{Code::usage, fmt::format("there is an account named {} already", account.name),
                 fmt::format("mailmgr account connect {} --name NAME", account.email)};
  }

  Result<bool> has_working_grant() {
    if (plan_.grant) return plan_.grant->id == before_->grant;
    const auto grant = world_.grants.find(before_->grant);
    if (!grant) return grant.error();
    if (!*grant) return false;
    return is_current(**grant, plan_.config, *plan_.spec);
  }

  const ConnectRequest& request_;
  const ConnectWorld& world_;
  Accounts accounts_;
  std::optional<AccountRecord> before_;
  ConnectPlan plan_;
};

}  // namespace

Result<ConnectPlan> plan_connect(const ConnectRequest& request, const ConnectWorld& world) {
  auto plan = Planner(request, world).run();
  if (!plan) return plan.error().within("connecting " + request.email);
  return plan;
}

}  // namespace mailmgr
