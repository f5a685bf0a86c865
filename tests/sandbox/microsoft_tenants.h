// Microsoft's tenant segments and scopes: who may log in through which endpoint, and what a client may ask for.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sandbox/oauth.h"

namespace mailmgr::sandbox {

struct Tenant {
  std::string segment;  // as in the URL
  bool work = true;     // work and school accounts
  bool personal = true;
  std::string id;  // of one tenant; empty for common and organizations
};

// common, organizations, consumers, or the id or domain of a tenant that some account belongs to; nullopt otherwise
// (AADSTS90002).
std::optional<Tenant> find_tenant(const Accounts& accounts, std::string_view segment);
bool admits(const Tenant& tenant, const Account& account);
// Why a client registered for `audience` cannot use that tenant; nullopt if it can. `code` is the AADSTS number.
struct AudienceProblem {
  int code;
  std::string text;
};
std::optional<AudienceProblem> audience_problem(const OAuthClient& client, const Tenant& tenant);

// `name` as sent, bare or with https://graph.microsoft.com/, or with Exchange's https://outlook.office.com/; case does
// not matter. nullopt if unknown.
std::optional<ScopeChoice> microsoft_scope(std::string_view name);
// openid, profile, email, offline_access.
bool is_identity_scope(std::string_view canonical);
// The API a scope belongs to, "https://graph.microsoft.com/" or "https://outlook.office.com/" (Exchange's IMAP and
// SMTP); empty for identity scopes. An access token is for one resource.
std::string_view resource_of(std::string_view canonical);
// The `scope` of a token answer: personal accounts get full Graph URLs, work accounts bare names; offline_access is
// never listed.
std::string microsoft_scope_list(const std::set<std::string>& scopes, bool personal);

// Whether a redirect URI matches a registered one. For http://localhost the port does not count, path and case do
// ("Redirect URI (reply URL) restrictions and limitations").
bool microsoft_redirect_allowed(const OAuthClient& client, const std::string& uri);

}  // namespace mailmgr::sandbox
