#include "core/oauth/issuer.h"

#include <algorithm>
#include <cctype>

namespace mailmgr {
namespace {

constexpr std::size_t kGuid = 36;

bool fits(std::string_view issuer, std::string_view pattern, std::string_view tenant) {
  constexpr std::string_view kTenant = "{tenantid}";
  const std::size_t at = pattern.find(kTenant);
  if (at == std::string_view::npos) return issuer == pattern;
  const std::string_view before = pattern.substr(0, at);
  const std::string_view after = pattern.substr(at + kTenant.size());
  if (issuer.size() != before.size() + kGuid + after.size()) return false;
  const std::string_view named = issuer.substr(at, kGuid);
  return issuer.starts_with(before) && issuer.ends_with(after) && is_guid(named) && (tenant.empty() || named == tenant);
}

}  // namespace

bool is_guid(std::string_view text) {
  if (text.size() != kGuid) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

bool is_issuer(std::string_view issuer, const std::vector<std::string>& patterns, std::string_view tenant) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return fits(issuer, pattern, tenant); });
}

}  // namespace mailmgr
