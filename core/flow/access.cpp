#include "core/flow/access.h"

#include <fmt/format.h>

#include <algorithm>

namespace mailmgr {

Status check_access(const AccountRecord& account, AccessLevel level, Permission permission, std::string_view what) {
  if (permits(level, permission)) return {};
  Error error{Code::refused, fmt::format("{}: the login of {} allows {} only", what, account.name, to_string(level)),
              fmt::format("mailmgr login --account {} --access full", account.name)};
  error.account = account.name;
  return error;
}

Status check_scope(const GrantRecord& grant, const ProviderSpec& spec, std::string_view word,
                   const AccountRecord& account) {
  const auto extra =
      std::find_if(spec.extras.begin(), spec.extras.end(), [&](const Extra& known) { return known.word == word; });
  if (extra == spec.extras.end()) {
    return Error{Code::refused, fmt::format("using {}: {} offers nothing like \"{}\"", account.name, spec.title, word),
                 ""};
  }
  const auto basic = spec.scopes(grant.access, {});
  for (const auto& scope : spec.scopes(grant.access, {std::string(word)})) {
    const bool of_the_level = std::find(basic.begin(), basic.end(), scope) != basic.end();
    if (of_the_level || grant.scopes.contains(spec.canonical_scope(scope))) continue;
    Error error{Code::auth_required,
                fmt::format("using {}: its login was not given {} ({})", account.name, word, scope),
                fmt::format("mailmgr login --account {}{} --with {}", account.name,
                            extra->needs_full && grant.access != AccessLevel::full ? " --access full" : "", word)};
    error.account = account.name;
    return error;
  }
  return {};
}

bool may_read_settings(const ProviderSpec& spec, const GrantRecord& grant) {
  if (spec.label_extra.empty()) return false;
  const auto basic = spec.scopes(grant.access, {});
  for (const auto& scope : spec.scopes(grant.access, {std::string(spec.label_extra)})) {
    const bool of_the_level = std::find(basic.begin(), basic.end(), scope) != basic.end();
    if (!of_the_level && !grant.scopes.contains(spec.canonical_scope(scope))) return false;
  }
  return true;
}

Status check_any_scope(const GrantRecord& grant, std::span<const std::string_view> scopes, std::string_view word,
                       const AccountRecord& account, std::string_view what) {
  const bool allowed = scopes.empty() || std::any_of(scopes.begin(), scopes.end(), [&](std::string_view scope) {
                         return grant.scopes.contains(std::string(scope));
                       });
  if (allowed) return {};
  return Error{Code::auth_required, fmt::format("{} of {}: its login does not allow that", what, account.name),
               fmt::format("mailmgr login --account {} --with {}", account.name, word), std::nullopt, account.name};
}

}  // namespace mailmgr
