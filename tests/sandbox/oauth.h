// What both providers' OAuth share: the authorization request between the URL a browser opens and the answer a person
// gives, and the world the endpoints work on. Error shapes and rules are each provider's own (google_oauth.h,
// microsoft_oauth.h).
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/url.h"
#include "tests/sandbox/accounts.h"
#include "tests/sandbox/id_tokens.h"
#include "tests/sandbox/tokens.h"

namespace mailmgr::sandbox {

struct OAuthSettings {
  bool auto_consent = false;  // answer at once, for login_hint or the first account of the provider
  std::chrono::seconds access_lifetime{3599};
  bool rotate_refresh_tokens = false;  // Google too gives a new refresh token with each refresh; Microsoft always does
};

struct OAuthWorld {
  Accounts accounts;
  Clients clients;
  TokenStore tokens;
  IdTokens id_tokens;
  OAuthSettings settings;
};

struct ScopeChoice {
  std::string name;      // canonical
  std::string meaning;   // for the page
  bool optional = true;  // a person may leave it out; identity scopes come along
};

// A checked request to log in, waiting for a person.
struct AuthorizationRequest {
  Provider provider = Provider::google;
  std::string client_id;
  std::string redirect_uri;
  std::optional<std::string> state;
  std::string response_mode = "query";  // or fragment, form_post (Microsoft)
  std::string challenge;
  std::string nonce;
  std::string tenant;  // Microsoft: the segment as sent
  std::string login_hint;
  std::vector<ScopeChoice> scopes;
  std::vector<std::string> accounts;  // who may be chosen
  bool offline = false;               // a refresh token was asked for, by the provider's own rule
  bool forced = false;                // prompt=consent
};

// 43 characters of base64url: what S256 makes (RFC 7636 §4.2).
bool is_s256_challenge(std::string_view challenge);
bool verifier_fits(std::string_view verifier, std::string_view challenge);

// `redirect_uri` with parameters added to its query, or as its fragment.
std::string with_parameters(const std::string& redirect_uri, const QueryParams& params, bool as_fragment = false);

// http://HOST of the request, for documents that name endpoints.
std::string base_url(const Request& request);

// The token of "Authorization: Bearer TOKEN"; empty otherwise.
std::string bearer_token(const Request& request);

// Who auto-consent answers for: login_hint if it may be chosen, else the first; empty if nobody may.
std::string automatic_account(const AuthorizationRequest& request);

}  // namespace mailmgr::sandbox
