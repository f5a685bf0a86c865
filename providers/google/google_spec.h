// What is known of Google without a connection: endpoints, scopes, rules of the login.
#pragma once

#include "core/ports/provider.h"

namespace mailmgr::google {

ProviderSpec spec();

}  // namespace mailmgr::google
