#include "core/ports/provider.h"

#include <array>

namespace mailmgr {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 6> kRoles{{{Role::inbox, "inbox"},
                                                                   {Role::archive, "archive"},
                                                                   {Role::sent, "sent"},
                                                                   {Role::drafts, "drafts"},
                                                                   {Role::trash, "trash"},
                                                                   {Role::spam, "spam"}}};

}  // namespace

Error unnamed(Error error) {
  if (error.code == Code::gone) error.code = Code::refused;
  return error;
}

std::string_view to_string(Role role) {
  for (const auto& [value, word] : kRoles) {
    if (value == role) return word;
  }
  return "";
}

std::optional<Role> role(std::string_view word) {
  for (const auto& [value, name] : kRoles) {
    if (name == word) return value;
  }
  return std::nullopt;
}

}  // namespace mailmgr
