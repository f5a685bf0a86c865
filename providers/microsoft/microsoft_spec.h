// What is known of Microsoft (Entra ID and Graph) without a connection: endpoints, scopes, rules of the login.
#pragma once

#include "core/ports/provider.h"

namespace mailmgr::microsoft {

ProviderSpec spec();

}  // namespace mailmgr::microsoft
