// A provider as a file for all users of a machine: one JSON object with the words of `provider set` as names and text
// as values.
//
//   {"kind": "microsoft", "client_id": "…", "tenant": "contoso.example", "access": "full", "with": "settings,shared"}
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/ports/provider_config.h"

namespace mailmgr {

// Only what everybody may know has a place in it; `client_secret` is a desktop client's, see
// ProviderConfig::open_client_secret.
std::string write_provider_file(const ProviderConfig& config);

// A `system` provider of that name. Code::config for what is no such object, a name nobody knows or a value of the
// wrong form; whether client id, tenant and addresses make sense is for check_provider() to say.
Result<ProviderConfig> read_provider_file(std::string_view name, std::string_view text);

}  // namespace mailmgr
