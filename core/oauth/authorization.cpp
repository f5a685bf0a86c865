#include "core/oauth/authorization.h"

#include <algorithm>
#include <array>

#include "core/oauth/issuer.h"
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

}  // namespace

std::string scope_parameter(const std::vector<std::string>& scopes, const std::string& prefix) {
  constexpr std::array<std::string_view, 4> kStandard{"openid", "profile", "email", "offline_access"};
  std::string out;
  for (const auto& scope : scopes) {
    const bool complete = scope.find("://") != std::string::npos ||
                          std::find(kStandard.begin(), kStandard.end(), scope) != kStandard.end();
    out += (out.empty() ? "" : " ") + (complete ? scope : prefix + scope);
  }
  return out;
}

Url authorization_url(const OAuthClient& client, const AuthorizationRequest& request) {
  QueryParams params{
      {"client_id", client.client_id},  {"redirect_uri", request.redirect_uri},
      {"response_type", "code"},        {"scope", scope_parameter(request.scopes, client.endpoints.scope_prefix)},
      {"state", request.state},         {"code_challenge", request.code_challenge},
      {"code_challenge_method", "S256"}};
  if (!request.nonce.empty()) params.emplace_back("nonce", request.nonce);
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
    const std::string_view iss = value(params, "iss");
    if (!is_issuer(iss, client.endpoints.issuers)) {
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
