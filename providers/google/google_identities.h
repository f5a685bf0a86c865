// The addresses a Gmail mailbox sends from ("Send mail as"), with their signatures: users.settings.sendAs.list.
#pragma once

#include <memory>

#include "core/ports/provider.h"

namespace mailmgr::google {

std::unique_ptr<Identities> make_identities(const ProviderDeps& deps);

}  // namespace mailmgr::google
