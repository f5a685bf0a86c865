// How a confidential client proves itself to Microsoft's token endpoint: by a secret, or by an assertion signed with a
// registered certificate ("Microsoft identity platform application authentication certificate credentials").
#pragma once

#include <optional>

#include "tests/sandbox/form.h"
#include "tests/sandbox/microsoft_errors.h"
#include "tests/sandbox/microsoft_tenants.h"
#include "tests/sandbox/oauth.h"

namespace mailmgr::sandbox {

// What is wrong with the proof, if anything: public clients must not give one, confidential ones and `app_only` grants
// must.
std::optional<AadError> client_problem(const Form& form, const OAuthClient& client, const Tenant& tenant, bool app_only,
                                       Time now);

}  // namespace mailmgr::sandbox
