#include "core/ports/provider_config.h"

#include <array>

namespace mailmgr {
namespace {

template <class Value, std::size_t N>
using Names = std::array<std::pair<Value, std::string_view>, N>;

constexpr Names<ProviderKind, 2> kKinds{{{ProviderKind::google, "google"}, {ProviderKind::microsoft, "microsoft"}}};
constexpr Names<AccessLevel, 4> kLevels{{{AccessLevel::full, "full"},
                                         {AccessLevel::drafts_only, "drafts-only"},
                                         {AccessLevel::send_only, "send-only"},
                                         {AccessLevel::read_only, "read-only"}}};
constexpr Names<GrantKind, 4> kGrants{{{GrantKind::oauth_code, "oauth_code"},
                                       {GrantKind::device, "device"},
                                       {GrantKind::service_account, "service_account"},
                                       {GrantKind::app_only, "app_only"}}};

template <class Value, std::size_t N>
std::string_view name_of(const Names<Value, N>& names, Value value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return {};
}

template <class Value, std::size_t N>
std::optional<Value> value_of(const Names<Value, N>& names, std::string_view name) {
  for (const auto& [value, candidate] : names) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ProviderKind kind) {
  return name_of(kKinds, kind);
}
std::optional<ProviderKind> provider_kind(std::string_view name) {
  return value_of(kKinds, name);
}
std::string_view to_string(AccessLevel level) {
  return name_of(kLevels, level);
}
std::optional<AccessLevel> access_level(std::string_view name) {
  return value_of(kLevels, name);
}
std::string_view to_string(GrantKind kind) {
  return name_of(kGrants, kind);
}
std::optional<GrantKind> grant_kind(std::string_view name) {
  return value_of(kGrants, name);
}

bool serves_organisation(GrantKind kind) {
  return kind == GrantKind::service_account || kind == GrantKind::app_only;
}

bool permits(AccessLevel level, Permission permission) {
  switch (level) {
    case AccessLevel::full:
      return true;
    case AccessLevel::drafts_only:
      return permission == Permission::draft;
    case AccessLevel::send_only:
      return permission == Permission::send;
    case AccessLevel::read_only:
      return permission == Permission::read;
  }
  return false;
}

}  // namespace mailmgr
