// The grants of an organisation's provider: one row per mailbox for a service account, one row for all mailboxes for an
// application. They hold no refresh token; the provider's key or secret brings a new access token at any time.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/provider.h"

namespace mailmgr {

// Whether the grant stands for what the provider is set to now: client, hosts, access and scopes. Errors as
// ProviderSpec::endpoints.
Result<bool> is_current(const GrantRecord& grant, const ProviderConfig& config, const ProviderSpec& spec);

struct OrganisationGrant {
  GrantId id;
  bool created = false;
};

// The grant that reaches `email`, found, brought up to date or made. Call it under a lease: two callers at once would
// make two.
Result<OrganisationGrant> organisation_grant(const std::string& email, const ProviderConfig& config,
                                             const ProviderSpec& spec, GrantStore& grants);

}  // namespace mailmgr
