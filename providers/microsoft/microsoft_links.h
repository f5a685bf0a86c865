// What goes into Graph's URLs, and what its links may make us do.
#pragma once

#include <string>
#include <string_view>

#include "core/ports/provider.h"

namespace mailmgr::microsoft {

// Path and query below /v1.0 of an @odata.nextLink or deltaLink; refused where it leads elsewhere (see link_target).
Result<std::string> below_root(std::string_view link, const Endpoints& endpoints);

// The inside of an OData string literal: quotes are doubled.
std::string odata_quoted(std::string_view text);

}  // namespace mailmgr::microsoft
