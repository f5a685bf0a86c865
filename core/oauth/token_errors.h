// What a provider's refusals mean and what to do about them, in words: error answers of token endpoints (RFC 6749 §5.2)
// and errors that come back through the browser (§4.1.2.1). Decisions rest on `error`; Entra's AADSTS numbers, which
// may change, only make reasons and hints better.
//
// The messages say what went wrong, not what was tried: callers put that in front (Error::within). Text from the server
// appears only sanitised and shortened. The hint of an auth_required error is left to the caller, who knows the
// account.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/time.h"
#include "core/oauth/client.h"

namespace mailmgr {

enum class GrantType { authorization_code, refresh_token, device_code, jwt_bearer, client_credentials };

// What was asked for in an organisation's name, for hints; empty otherwise.
struct Asked {
  std::string mailbox;           // jwt_bearer
  std::set<std::string> scopes;  // jwt_bearer
};

// An error answer of a token endpoint. Everything but `status` is empty when the answer was not of that form.
struct TokenFailure {
  int status = 0;
  std::string error, description, subtype;  // subtype: Google's error_subtype, Entra's suberror
  std::vector<std::int64_t> entra_codes;    // AADSTS numbers
  std::optional<milliseconds> retry_after;
  Asked asked = {};
  std::optional<milliseconds> clock_ahead = {};  // of the server's (`Date`); negative: behind
};

// auth_required: the refresh token is dead or a person is needed. config: the client is set up wrongly. try_later,
// throttled: it passes. refused: anything else the server said no to.
Error explain_failure(const TokenFailure& failure, GrantType type, const OAuthClient& client);

// An `error` in the redirect: refused, config or try_later.
Error explain_denial(std::string_view error, std::string_view description, const OAuthClient& client);

// The AADSTS numbers in an error_description.
std::vector<std::int64_t> entra_codes_in(std::string_view description);

}  // namespace mailmgr
