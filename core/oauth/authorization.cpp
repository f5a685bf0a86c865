#include "core/oauth/authorization.h"

#include <algorithm>
#include <array>
#include <optional>

#include "core/oauth/scopes.h"
#include "core/oauth/server_text.h"
#include "core/oauth/token_errors.h"

namespace mailmgr {
namespace {

std::size_t count(const QueryParams& params, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(params.begin(), params.end(), [&](const auto& param) { return param.first == name; }));
}

std::string_view value(const QueryParams& params, std::string_view name) {
  for (const auto& [key, text] : params) {
    if (key == name) return text;
  }
  return {};
}

// RFC 6749 appendix A: codes, states and error names are visible ASCII (and spaces).
bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool is_guid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !std::isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

bool is_issuer(std::string_view issuer, std::string_view pattern) {
  constexpr std::string_view kTenant = "{tenantid}";
  const std::size_t at = pattern.find(kTenant);
  if (at == std::string_view::npos) return issuer == pattern;
  const std::string_view before = pattern.substr(0, at);
  const std::string_view after = pattern.substr(at + kTenant.size());
  return issuer.size() == before.size() + 36 + after.size() && issuer.starts_with(before) && issuer.ends_with(after) &&
         is_guid(issuer.substr(at, 36));
}

}  // namespace

Url authorization_url(const OAuthClient& client, const AuthorizationRequest& request) {
  QueryParams params{
      {"client_id", client.client_id},  {"redirect_uri", request.redirect_uri},
      {"response_type", "code"},        {"scope", scope_parameter(request.scopes, client.endpoints.scope_prefix)},
      {"state", request.state},         {"code_challenge", request.code_challenge},
      {"code_challenge_method", "S256"}};
  for (const auto& extra : request.extras) {
    // Entra refuses login_hint together with prompt=select_account.
    if (!request.login_hint.empty() && extra.first == "prompt" && extra.second == "select_account") continue;
    params.push_back(extra);
  }
  if (!request.login_hint.empty()) params.emplace_back("login_hint", request.login_hint);
  Url url = client.endpoints.authorize;
  url.query += (url.query.empty() ? "" : "&") + encode_query(params);
  return url;
}

bool answers_request(const QueryParams& params, std::string_view state) {
  constexpr std::array<std::string_view, 5> kSingle{"state", "code", "error", "error_description", "iss"};
  if (std::any_of(kSingle.begin(), kSingle.end(), [&](auto name) { return count(params, name) > 1; })) return false;
  if (count(params, "code") + count(params, "error") != 1) return false;
  if (!is_printable_ascii(value(params, "code")) || !is_printable_ascii(value(params, "error"))) return false;
  return count(params, "state") == 1 && equal_in_constant_time(value(params, "state"), state);
}

Result<Secret> authorization_code(const QueryParams& params, const OAuthClient& client) {
  if (count(params, "iss") > 0) {
    const auto& issuers = client.endpoints.issuers;
    const std::string_view iss = value(params, "iss");
    if (std::none_of(issuers.begin(), issuers.end(), [&](const auto& pattern) { return is_issuer(iss, pattern); })) {
      return Error{Code::refused,
                   "the answer came from another authorization server (" + server_text(iss, 100) + "); it was not used",
                   "log in again; if this repeats, check the hosts: mailmgr provider show " + client.provider};
    }
  }
  if (count(params, "error") > 0) {
    return explain_denial(value(params, "error"), value(params, "error_description"), client);
  }
  const std::string_view code = value(params, "code");
  if (code.empty()) {
    return Error{Code::try_later, "the answer of " + client.title + " holds no authorization code", "log in again"};
  }
  return Secret(code);
}

}  // namespace mailmgr
