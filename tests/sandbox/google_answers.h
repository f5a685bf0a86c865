// The form of what Google's token endpoint answers.
#pragma once

#include <string_view>

#include "tests/sandbox/api.h"
#include "tests/sandbox/google_scopes.h"

namespace mailmgr::sandbox {

// The same response, with the headers that keep it out of caches (RFC 6749 §5.1).
Response google_no_store(Response response);
// {"error","error_description"} (RFC 6749 §5.2).
Response google_token_error(int status, std::string_view code, std::string_view description);

}  // namespace mailmgr::sandbox
