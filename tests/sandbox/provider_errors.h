// Errors in the providers' own words, by name: what a fault rule's "error" stands for. The shape follows from the path
// of the request: Gmail API, Google's token endpoint, Microsoft Graph, Microsoft's token endpoint.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "tests/sandbox/api.h"

namespace mailmgr::sandbox {

enum class Api { control, google_oauth, gmail, microsoft_oauth, graph, none };
Api api_of(std::string_view path);

// Names: Gmail reasons (rateLimitExceeded, userRateLimitExceeded, quotaExceeded, dailyLimitExceeded, backendError,
// authError, insufficientPermissions, domainPolicy, accessNotConfigured, notFound, failedPrecondition …), Graph codes
// (TooManyRequests, ApplicationThrottled, MailboxConcurrency, serviceNotAvailable, gatewayTimeout,
// InvalidAuthenticationToken, SyncStateNotFound, ErrorItemNotFound, ErrorAccessDenied …), OAuth errors (invalid_grant,
// invalid_client …) and AADSTS numbers ("AADSTS50173"). An unknown name is given in the right shape all the same.
// `status` replaces the name's own.
Response provider_error(std::string_view path, const std::string& name, std::optional<int> status, Time now);

}  // namespace mailmgr::sandbox
