#include "core/flow/program_token.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/base/encoding.h"

namespace mailmgr {
namespace {

constexpr std::array<std::pair<TokenUse, std::string_view>, 3> kUses{
    {{TokenUse::api, "api"}, {TokenUse::imap, "imap"}, {TokenUse::smtp, "smtp"}}};

Error not_granted(const AccountRecord& account, TokenUse use, const ProviderSpec& spec, std::string_view why) {
  return {Code::auth_required,
          fmt::format("a token of {} for {}'s {} server: {}", account.name, spec.title, to_string(use), why),
          fmt::format("mailmgr login --account {} --with imap", account.name), std::nullopt, account.name};
}

}  // namespace

std::string_view to_string(TokenUse use) {
  for (const auto& [value, name] : kUses) {
    if (value == use) return name;
  }
  return {};
}

std::optional<TokenUse> token_use(std::string_view name) {
  for (const auto& [value, known] : kUses) {
    if (known == name) return value;
  }
  return std::nullopt;
}

Result<ValidToken> program_token(const AccountRecord& account, const GrantRecord& grant, TokenUse use,
                                 const ProviderSpec& spec, TokenSource& tokens, const Stop& stop) {
  const auto scopes = spec.server_scopes(use);
  if (scopes.empty()) return tokens.current(stop);
  if (grant.kind == GrantKind::app_only) {
    return Error{
        Code::refused,
        fmt::format("a token of {} for {}: an app-only key has tokens for the API alone", account.name, to_string(use)),
        "log in to that mailbox instead: mailmgr login --with imap"};
  }
  if (std::any_of(scopes.begin(), scopes.end(), [&](const auto& s) { return !grant.scopes.contains(s); })) {
    return not_granted(account, use, spec, "its login was not given that permission");
  }
  if (spec.server_resource.empty()) return tokens.current(stop);
  auto fresh = tokens.fresh_for({scopes.front(), "offline_access"}, stop);
  if (!fresh && fresh.error().code == Code::auth_required) {
    return not_granted(account, use, spec, fresh.error().message);
  }
  return fresh;
}

std::string xoauth2(std::string_view email, const Secret& token) {
  return base64(
      fmt::format("user={}\x01"
                  "auth=Bearer {}\x01\x01",
                  email, token.reveal()));
}

}  // namespace mailmgr
