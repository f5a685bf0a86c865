#include "core/oauth/scopes.h"

#include <algorithm>
#include <array>

namespace mailmgr {

std::string scope_parameter(const std::vector<std::string>& scopes, std::string_view prefix) {
  constexpr std::array<std::string_view, 4> kStandard{"openid", "profile", "email", "offline_access"};
  std::string out;
  for (const auto& scope : scopes) {
    const bool complete = scope.find("://") != std::string::npos ||
                          std::find(kStandard.begin(), kStandard.end(), scope) != kStandard.end();
    if (!out.empty()) out += ' ';
    if (!complete) out += prefix;
    out += scope;
  }
  return out;
}

bool is_server_scope(std::string_view scope, const ProviderSpec& spec) {
  return !spec.server_resource.empty() && scope.starts_with(spec.server_resource);
}

std::vector<std::string> api_scopes(std::set<std::string> scopes, const ProviderSpec& spec) {
  const auto dropped = std::erase_if(scopes, [&](const auto& scope) { return is_server_scope(scope, spec); });
  if (dropped == 0) return {};
  scopes.insert("offline_access");  // or the answer holds no refresh token
  return {scopes.begin(), scopes.end()};
}

}  // namespace mailmgr
