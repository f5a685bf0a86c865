// Providers by name: which one is meant, and what is known about its kind.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/account_stores.h"
#include "core/ports/provider.h"

namespace mailmgr {

const ProviderSpec* find_spec(std::span<const ProviderSpec> specs, ProviderKind kind);

// The configuration of that name. not_found for a name nobody knows, config for "google" or "microsoft" that is not
// set.
Result<ProviderConfig> find_provider(std::string_view name, ProviderStore& providers);

// The one to use when none was named: config when none is set, usage when there are several.
Result<ProviderConfig> only_provider(ProviderStore& providers);

// Whether logins through it still lack a client secret that this kind asks for.
bool needs_client_secret(const ProviderConfig& config, const ProviderSpec& spec);

// usage for a word of `--with` that this provider does not know, or that a login of this access cannot use.
Status check_with(const std::set<std::string>& with, AccessLevel access, const ProviderSpec& spec);

}  // namespace mailmgr
