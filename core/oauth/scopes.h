// Scopes as requests spell them, and which of a login's scopes go into one token.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports/provider.h"

namespace mailmgr {

// The value of `scope` (RFC 6749 §3.3): separated by spaces, bare names under the cloud's prefix
// (Endpoints::scope_prefix).
std::string scope_parameter(const std::vector<std::string>& scopes, std::string_view prefix);

// Whether a scope is the mail servers', where these take other tokens than the API.
bool is_server_scope(std::string_view scope, const ProviderSpec& spec);

// What a token request must name so that the token is for the API, out of a login's scopes. Empty: nothing need be
// named, as all of them are the API's.
std::vector<std::string> api_scopes(std::set<std::string> scopes, const ProviderSpec& spec);

}  // namespace mailmgr
