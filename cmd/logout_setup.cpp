#include "cmd/logout_setup.h"

#include <fmt/format.h>

#include "core/flow/accounts.h"
#include "core/flow/system_providers.h"
#include "providers/registry.h"
#include "store/store.h"

namespace mailmgr {

Result<LogoutWorld> LogoutSetup::world() {
  auto tokens = app_.tokens();
  if (!tokens) return tokens.error();
  auto providers = app_.providers();
  if (!providers) return providers.error();
  auto vault = app_.vault();
  if (!vault) return vault.error();
  auto leases = app_.leases();
  if (!leases) return leases.error();
  const auto http = [this](const ProviderConfig& config) -> HttpClient& {
    clients_.push_back(app_.http(config));
    return *clients_.back();
  };
  return LogoutWorld{provider_specs(),      **providers,   (*tokens)->grants(),
                     (*tokens)->accounts(), **vault,       **leases,
                     app_.clock(),          app_.random(), http};
}

std::string describe(Revocation revocation, const AccountRecord& account) {
  switch (revocation) {
    case Revocation::revoked:
      return fmt::format(
          "Google ended the login of {}, and with it every login of that person through the same Google "
          "Cloud project, on other machines too",
          account.email);
    case Revocation::not_offered:
      return account.kind == ProviderKind::microsoft
                 ? fmt::format(
                       "Microsoft has no way for programs to end a login: the tokens of {} are forgotten here; "
                       "to withdraw the permission too, use https://myapps.microsoft.com (work accounts) or "
                       "https://account.live.com/consent/Manage (personal accounts)",
                       account.email)
                 : fmt::format(
                       "the tokens of {} are forgotten here; to withdraw the permission too, use "
                       "https://myaccount.google.com/connections",
                       account.email);
    case Revocation::nothing_held:
      break;
  }
  return {};
}

Result<std::vector<AccountRecord>> named_or_all(const std::vector<AccountRecord>& accounts,
                                                const std::vector<std::string>& names, bool all,
                                                std::string_view command) {
  if (all != names.empty()) return Error{Code::usage, fmt::format("{}: name accounts, or say --all", command), ""};
  if (all) return accounts;
  std::vector<AccountRecord> chosen;
  for (const auto& name : names) {
    auto account = find_account(accounts, name);
    if (!account) return account.error().within(command);
    chosen.push_back(*std::move(account));
  }
  return chosen;
}

}  // namespace mailmgr
