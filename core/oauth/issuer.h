// Whether an issuer (`iss`, RFC 9207 and OpenID Connect) is the one that was configured, to the letter. Microsoft's
// issuers name the tenant of whoever logs in, so its pattern has "{tenantid}" where that stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailmgr {

// Lower or upper case, with dashes: 36 characters.
bool is_guid(std::string_view text);

// `patterns` as in Endpoints::issuers. `tenant` fills "{tenantid}"; where it is empty, any tenant's GUID does.
bool is_issuer(std::string_view issuer, const std::vector<std::string>& patterns, std::string_view tenant = {});

}  // namespace mailmgr
